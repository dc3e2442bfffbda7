import { runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { Directory } from '../../src/actors/directory/directory.ts';

const ring = Reflect.get(Directory.prototype, 'alarm');
let mayRing = false;
let rings = 0;

/**
 * In the file that calls this, the Directory's alarm rings only by `ringDirectory`. By itself it would ring a second
 * after a delivery that failed, which is before a test gets to it or after, as fast as the machine is.
 */
export function holdDirectoryAlarm(): void {
  beforeAll(() => {
    Directory.prototype.alarm = async function putOff(this: Directory): Promise<void> {
      if (mayRing) {
        await ring.call(this);
        rings += 1;
        return;
      }
      const { storage } = Reflect.get(this, 'ctx') as DurableObjectState;
      await storage.setAlarm(Date.now() + 600_000);
    };
  });
  afterAll(() => {
    Directory.prototype.alarm = ring;
  });
}

/** Much longer than it takes, on whatever machine. */
const patience = { timeout: 20_000, interval: 5 };

/** Runs the alarm that was set. One that is due already may be ringing by itself, or be being put off. */
export async function ringDirectory(): Promise<void> {
  const before = rings;
  mayRing = true;
  try {
    await vi.waitFor(async () => {
      const isRun = await runDurableObjectAlarm(env.DIRECTORY.getByName('directory'));
      expect(isRun || rings > before).toBe(true);
    }, patience);
  } finally {
    mayRing = false;
  }
}
