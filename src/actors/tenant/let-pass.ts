import { type Doubt, doubtPieceMs } from '../../core/account/doubt.ts';

/**
 * Lets the time of a doubt pass by the platform's timers, which keep the actor awake meanwhile. After a stop of the
 * process all of its timers fire at once, before what was received is read.
 */
export function letPass(doubt: Doubt, whenOver: () => void): void {
  const pieceMs = Math.min(doubtPieceMs, doubt.leftMs);
  setTimeout(() => {
    doubt.leftMs -= pieceMs;
    if (doubt.leftMs > 0) letPass(doubt, whenOver);
    else whenOver();
  }, pieceMs);
}
