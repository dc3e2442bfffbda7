/**
 * A rolling window of time in constant memory, cut into panes of equal length, the newest first. Panes are forgotten
 * whole, so the window covers between `panes.length - 1` and `panes.length` panes of time.
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

/** The window at `nowMs`, which must not be before an earlier call's. */
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
