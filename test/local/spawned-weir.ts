import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export const projectRoot = join(import.meta.dirname, '..', '..');

/** What `npm start` prints once it runs. */
export interface Welcome {
  readonly url: string;
  readonly apiKey: string;
  readonly adminKey: string | undefined;
  readonly curl: string;
}

export interface SpawnedWeir {
  readonly process: ChildProcess;
  /** Fails if the program ends without it. */
  readonly welcome: Promise<Welcome>;
  readonly ended: Promise<number | NodeJS.Signals>;
  stdout(): string;
  stderr(): string;
}

/** A folder that is removed when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-test-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return folder;
}

/** Runs `npm start`'s program in a folder, on any free port. Nothing of it outlives the test. */
export function spawnWeir(folder: string, environment: Record<string, string> = {}, flags: string[] = []): SpawnedWeir {
  return watch(
    spawn(process.execPath, [join(projectRoot, 'src/local/start.ts'), ...flags], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder, PORT: '0', ...coverage(), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
    folder,
  );
}

function coverage(): Record<string, string> {
  const folder = process.env['NODE_V8_COVERAGE'];
  return folder === undefined ? {} : { NODE_V8_COVERAGE: folder };
}

export function watch(child: ChildProcess, folder: string): SpawnedWeir {
  let stdout = '';
  let stderr = '';
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('close', (code, signal) => {
      resolve(code ?? signal ?? 'SIGKILL');
    });
  });
  const welcome = new Promise<Welcome>((resolve, reject) => {
    child.stdout?.on('data', (text: Buffer) => {
      stdout += text.toString();
      const read = readWelcome(stdout);
      if (read !== undefined) resolve(read);
    });
    child.stderr?.on('data', (text: Buffer) => {
      stderr += text.toString();
    });
    child.once('close', (code, signal) => {
      reject(new Error(`it ended (${code ?? signal}) instead of starting: ${stdout}${stderr}`));
    });
  });
  // Most tests await only one of the two, and must not fail with the other.
  welcome.catch(() => undefined);
  onTestFinished(() => {
    child.kill('SIGKILL');
    const pids = workerdOf(folder);
    if (pids !== undefined) for (const pid of [pids.supervisor, pids.workerd]) killIfThere(pid);
  });
  return { process: child, welcome, ended, stdout: () => stdout, stderr: () => stderr };
}

function readWelcome(stdout: string): Welcome | undefined {
  const curl = /^curl .*\n/m.exec(stdout)?.[0].trim();
  const url = /Weir runs on (\S+)/.exec(stdout)?.[1];
  const apiKey = /^api key {2,}(\S+)/m.exec(stdout)?.[1];
  if (curl === undefined || url === undefined || apiKey === undefined) return undefined;
  return { url, apiKey, adminKey: /^admin key {2,}(\S+)/m.exec(stdout)?.[1], curl };
}

/** The process ids that a running Weir keeps in its folder. */
export function workerdOf(folder: string): { readonly supervisor: number; readonly workerd: number } | undefined {
  try {
    const [supervisor, workerd] = readFileSync(join(folder, '.weir/workerd'), 'utf8').trim().split(' ').map(Number);
    return supervisor === undefined || workerd === undefined ? undefined : { supervisor, workerd };
  } catch {
    return undefined;
  }
}

export function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Asks the gateway like a client. */
export async function chat(
  weir: Welcome,
  model: string,
  content: string,
  more: object = {},
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${weir.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${weir.apiKey}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model, messages: [{ role: 'user', content }], ...more }),
  });
}

export async function admin(
  weir: Welcome,
  adminKey: string,
  method: string,
  path: string,
  body?: object,
): Promise<unknown> {
  const answer = await fetch(`${weir.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}
