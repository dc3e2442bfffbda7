/**
 * A gateway of our own, started the way its users start it: `npm start` in another process, on a data folder of its
 * own.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../src/local/bundle.ts';
import { Problem, errorCode } from '../../src/local/problem.ts';

const startMsMax = 60_000;
const stopMsMax = 15_000;
const welcome = /^Weir runs on (http:\S+)/m;

interface GatewaySettings {
  readonly dataPath: string;
  /** 0 is any free port. */
  readonly port: number;
  readonly adminKey: string;
  /** Other variables, such as providers' keys. */
  readonly variables: Readonly<Record<string, string>>;
}

export interface LaunchedGateway {
  readonly url: URL;
  /** The process of its runtime. */
  readonly runtimeProcessId: number | undefined;
  /** As Ctrl-C does. */
  stop(): Promise<void>;
  /** As a power cut does, with no moment's notice to the program or to its runtime. */
  kill(): Promise<void>;
}

export async function launchGateway(settings: GatewaySettings): Promise<LaunchedGateway> {
  const child = spawn(process.execPath, [join(projectRoot, 'src', 'local', 'start.ts')], {
    // No setting of this machine, such as a real key in `.dev.vars`, may get into a test.
    cwd: settings.dataPath,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      ...settings.variables,
      PORT: String(settings.port),
      HOST: '127.0.0.1',
      WEIR_DATA: settings.dataPath,
      ADMIN_KEY: settings.adminKey,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const killNow = (): void => {
    child.kill('SIGKILL');
    killRuntime(settings.dataPath);
  };
  // However this program ends, it leaves nothing running.
  process.prependOnceListener('exit', killNow);
  const ended = new Promise<void>((resolve) => child.once('close', resolve));
  void ended.then(() => process.removeListener('exit', killNow));
  return {
    url: await readUrl(child, killNow),
    runtimeProcessId: runtimeProcessId(settings.dataPath),
    stop: async () => {
      child.kill('SIGTERM');
      const timer = setTimeout(killNow, stopMsMax);
      await ended;
      clearTimeout(timer);
    },
    kill: async () => {
      killNow();
      await ended;
    },
  };
}

function readUrl(child: ChildProcess, kill: () => void): Promise<URL> {
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => {
      kill();
      reject(new Problem(`The gateway was not up after ${startMsMax / 1000} s.\n${output}`));
    }, startMsMax);
    child.once('close', () => {
      clearTimeout(timer);
      reject(new Problem(`The gateway did not start:\n${output.trim()}`));
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-100_000);
        const url = welcome.exec(output)?.[1];
        if (url === undefined) return;
        clearTimeout(timer);
        resolve(new URL(url));
      });
    }
  });
}

/** The runtime's own process, which `npm start` notes down in its data folder. */
function runtimeProcessId(dataPath: string): number | undefined {
  return readText(join(dataPath, 'workerd')).trim().split(' ').map(Number)[1];
}

function killRuntime(dataPath: string): void {
  const workerd = runtimeProcessId(dataPath);
  if (workerd === undefined) return;
  try {
    process.kill(workerd, 'SIGKILL');
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
}

/** A folder that is gone when this program has ended. */
export function temporaryFolder(name: string): string {
  const path = mkdtempSync(join(tmpdir(), `weir-${name}-`));
  process.once('exit', () => {
    rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });
  return path;
}
