/**
 * A rolling window of time, cut into panes of equal length and kept newest first. A pane is forgotten whole, so the
 * window covers between `panes.length - 1` and `panes.length` panes of time, in constant memory.
 */
export interface TimePanes<Pane> {
  readonly paneMs: number;
  /** When the newest pane began. */
  readonly newestFromMs: number;
  readonly panes: readonly Pane[];
}

export function newTimePanes<Pane>(count: number, paneMs: number, nowMs: number, empty: () => Pane): TimePanes<Pane> {
  return { paneMs, newestFromMs: nowMs, panes: Array.from({ length: count }, empty) };
}

/** The same window as it stands at `nowMs`, which must not be earlier than any time it was shown before. */
export function advancePanes<Pane>(window: TimePanes<Pane>, nowMs: number, empty: () => Pane): TimePanes<Pane> {
  const passed = Math.floor((nowMs - window.newestFromMs) / window.paneMs);
  if (passed <= 0) return window;
  const count = window.panes.length;
  const fresh = Array.from({ length: Math.min(passed, count) }, empty);
  return {
    paneMs: window.paneMs,
    newestFromMs: window.newestFromMs + passed * window.paneMs,
    panes: [...fresh, ...window.panes.slice(0, count - fresh.length)],
  };
}
