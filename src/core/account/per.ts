import { windowMsMax, windowMsMin } from '../../limits.ts';
import { type Window, day, hour, minute, month, total } from '../ledger/window.ts';

const named: Readonly<Record<string, Window>> = { minute, hour, day, month, total };
const msPerUnit = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const units = ['d', 'h', 'm', 's'] as const;

/** Reads `minute`, `month` or `15m`. Undefined for anything else, and for what is too short or too long. */
export function parsePer(text: string): Window | undefined {
  const window = Object.hasOwn(named, text) ? named[text] : undefined;
  if (window !== undefined) return window;
  const match = /^([1-9]\d{0,8})([smhd])$/.exec(text);
  if (match === null) return undefined;
  const unit = units.find((candidate) => candidate === match[2]);
  if (unit === undefined) return undefined;
  const ms = Number(match[1]) * msPerUnit[unit];
  return ms >= windowMsMin && ms <= windowMsMax ? { kind: 'sliding', ms } : undefined;
}

/** The shortest way to write a window. */
export function formatPer(window: Window): string {
  if (window.kind !== 'sliding') return window.kind;
  for (const [name, candidate] of Object.entries(named)) {
    if (candidate.kind === 'sliding' && candidate.ms === window.ms) return name;
  }
  const unit = units.find((candidate) => window.ms % msPerUnit[candidate] === 0) ?? 's';
  return `${window.ms / msPerUnit[unit]}${unit}`;
}
