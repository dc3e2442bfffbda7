import * as v from 'valibot';
import { type AdminContext, type Answer, askDirectory } from './admin-context.ts';
import type { AuditEntry } from '../actors/directory/audit-entry.ts';
import type { PageRequest } from '../actors/directory/directory-protocol.ts';
import { type Json, parseJson } from '../actors/directory/json.ts';
import { type Page, pageView } from './page-query.ts';

export const auditView = v.strictObject({
  at: v.string(),
  who: v.string(),
  action: v.string(),
  subject: v.string(),
  details: v.custom<Json>((value) => value !== undefined),
});

type AuditView = v.InferOutput<typeof auditView>;

/** Who changed what, newest first. */
export async function listAudit({ env }: AdminContext, page: PageRequest): Promise<Answer<Page<AuditView>>> {
  const entries = await askDirectory(env, (directory) => directory.audit(page));
  return { data: pageView(entries, auditOf) };
}

function auditOf({ details, ...entry }: AuditEntry): AuditView {
  return { ...entry, details: parseJson(details) };
}
