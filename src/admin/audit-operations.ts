import { type AdminContext, type Answer, askDirectory } from './admin-context.ts';
import type { AuditEntry } from '../actors/directory/directory-protocol.ts';
import { type Json, parseJson } from '../actors/directory/json.ts';
import { type Page, type PageInput, pageView, parsePage } from './page-query.ts';

export type AuditView = Omit<AuditEntry, 'details'> & { readonly details: Json };

/** Who changed what, the newest first. */
export async function listAudit({ env }: AdminContext, page: PageInput): Promise<Answer<Page<AuditView>>> {
  const request = parsePage(page);
  const entries = await askDirectory(env, (directory) => directory.audit(request));
  return { data: pageView(entries, auditView) };
}

function auditView({ details, ...entry }: AuditEntry): AuditView {
  return { ...entry, details: parseJson(details) };
}
