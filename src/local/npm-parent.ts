import { commandOf, isRunning, parentOf } from './process-table.ts';

const lookEveryMs = 500;

/**
 * npm runs a script in a shell, which passes no signal on: when either is stopped or killed, the program would go on
 * unseen, and hold the port and the data. Calls `stop` once they are gone. Does nothing where it was not npm that
 * started this.
 */
export function stopWithNpm(stop: () => void): void {
  const parent = process.ppid;
  const npm = [parent, parentOf(parent)].find((id) => id !== undefined && /^npm\b/.test(commandOf(id)));
  if (npm === undefined) return;
  const timer = setInterval(() => {
    if (process.ppid === parent && isRunning(npm)) return;
    clearInterval(timer);
    stop();
  }, lookEveryMs);
  timer.unref();
}
