import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Welcome, chat, projectRoot, spawnWeir, temporaryFolder } from './spawned-weir.ts';

const mib = 1024 * 1024;

/** A separate disk, or undefined if the machine allows none. */
function mounted(options: string): { readonly folder: string; readonly unmount: () => void } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'weir-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    rmdirSync(folder);
    return undefined;
  }
  const unmount = (): void => {
    // Lazily: a killed process may take a moment to let go.
    execFileSync('umount', ['-l', folder], { stdio: 'ignore' });
    rmdirSync(folder);
  };
  return { folder, unmount };
}

const trial = mounted('size=1m');
trial?.unmount();

function smallDisk(options: string): string {
  const disk = mounted(options);
  if (disk === undefined) throw new Error('the machine has changed its mind');
  onTestFinished(disk.unmount);
  return disk.folder;
}

/** Fills the disk. */
function fill(folder: string): void {
  for (const bytes of [mib, 4096]) {
    try {
      for (;;) appendFileSync(join(folder, 'filling'), new Uint8Array(bytes));
    } catch {
      // Nothing of this size fits any more.
    }
  }
}

async function statusOf(weir: Welcome): Promise<number> {
  const answer = await chat(weir, 'echo', 'hello');
  await answer.text();
  return answer.status;
}

describe.skipIf(trial === undefined)('on a disk that is full (tried only where a file system can be mounted)', () => {
  it('calls are refused until there is room, and what could not be logged is said', async () => {
    const folder = smallDisk(`size=${24 * mib}`);
    const weir = spawnWeir(folder);
    const welcome = await weir.welcome;
    expect(await statusOf(welcome)).toBe(200);
    const statuses = [];
    for (let call = 0; call < 3; call++) {
      fill(folder);
      statuses.push(await statusOf(welcome));
    }
    expect(statuses).toEqual([503, 503, 503]);
    await expect.poll(() => weir.stderr(), { timeout: 60_000 }).toContain('(ENOSPC)');
    rmSync(join(folder, 'filling'));
    expect(await statusOf(welcome)).toBe(200);
    expect(weir.stderr().trimEnd().split('\n')).toEqual([expect.stringMatching(/^Could not write to the log /)]);
    weir.process.kill('SIGTERM');
    expect(await weir.ended).toBe(0);
    expect(readFileSync(join(folder, '.weir/weir.log'), 'utf8')).toContain('log-lines-lost');
  });

  it('a start says so in one line', async () => {
    const folder = smallDisk(`size=${12 * mib}`);
    writeFileSync(join(folder, 'filling'), new Uint8Array(10 * mib));
    const weir = spawnWeir(folder);
    expect(await weir.ended).toBe(1);
    expect(weir.stderr()).toBe(
      `The disk of ${join(folder, '.weir')} is full: 2 MiB are free, and a start takes 8 MiB. ` +
        'Make room, or set WEIR_DATA to a folder elsewhere.\n',
    );
  });

  it('a start that finds out too late says so in one line as well', async () => {
    const folder = smallDisk(`size=${24 * mib},nr_inodes=7`);
    const weir = spawnWeir(folder);
    expect(await weir.ended).toBe(1);
    const path = join(folder, '.weir');
    expect(weir.stderr()).toBe(
      `Could not write to the folder ${path} (ENOSPC). Make room, or set WEIR_DATA to another.\n`,
    );
  });
});

it('a log that can not be written keeps nothing from running, and is told of in a line', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, '.weir/weir.log'), { recursive: true });
  const weir = spawnWeir(folder);
  expect(await statusOf(await weir.welcome)).toBe(200);
  expect(weir.stderr()).toMatch(/^Could not write to the log \S+ \(EISDIR\)\. [^\n]+\n$/);
});

it('a program that outlives its output goes on when nobody takes it any more', async () => {
  const script = `
    import { outliveOutput } from '${join(projectRoot, 'src/local/problem.ts')}';
    outliveOutput();
    let lines = 0;
    setInterval(() => {
      console.log('said');
      console.error('said');
      lines += 1;
      if (lines === 10) process.exit(7);
    }, 10);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const output of [child.stdout, child.stderr]) output.destroy();
  expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(7);
});
