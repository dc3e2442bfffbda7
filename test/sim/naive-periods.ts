import type { Window } from '../../src/core/ledger/window.ts';

/**
 * When something that happened at `memberAt` counts, worked out from the words of the design and from Date, and sharing
 * nothing with the ledger's own arithmetic: a window is cut into 64ths, and a 64th leaves when all of it is outside.
 */
export function countsAt(window: Window, memberAt: number, at: number): boolean {
  switch (window.kind) {
    case 'sliding':
      return endOf64th(window.ms, memberAt) + 64 * window.ms > 64 * at;
    case 'month':
      return monthOf(memberAt) === monthOf(at);
    case 'total':
      return true;
  }
}

/** The first moment at which it no longer counts; undefined if that never comes. */
export function leavesAt(window: Window, memberAt: number): number | undefined {
  switch (window.kind) {
    case 'sliding':
      return Math.ceil(endOf64th(window.ms, memberAt) / 64) + window.ms;
    case 'month': {
      const date = new Date(memberAt);
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
    }
    case 'total':
      return undefined;
  }
}

/**
 * Whether it happened in the window that ends at `at`, to the millisecond: what no limit may ever let through twice.
 */
export function withinExactly(window: Window, memberAt: number, at: number): boolean {
  return window.kind === 'sliding' ? memberAt > at - window.ms : countsAt(window, memberAt, at);
}

/** The end of the 64th of the window in which a moment lies, in 64ths of a millisecond. */
function endOf64th(windowMs: number, memberAt: number): number {
  const intoIt = (64 * memberAt) % windowMs;
  return 64 * memberAt - intoIt + windowMs;
}

function monthOf(at: number): number {
  const date = new Date(at);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}
