import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LimitSetting } from '../load/admin-client.ts';
import { billedNanoUsd } from '../sdk/fakes-bill.ts';
import type { ProviderStage } from '../sdk/open-provider-stage.ts';
import type { FakeName } from '../support/fakes/fake.ts';
import type { FakeExchange } from '../support/fakes/fakes.ts';
import { Play } from '../support/fakes/play.ts';
import type { Client } from './client.ts';
import { endLeftovers } from './leftovers.ts';

export const keyKinds = ['limited', 'unlimited'] as const;
type KeyKind = (typeof keyKinds)[number];

/** What a team gives a developer: none of it is reached. */
const limits: Readonly<Record<KeyKind, readonly LimitSetting[]>> = {
  limited: [
    { metric: 'usd', per: 'month', max: '50' },
    { metric: 'tokens', per: 'minute', max: 2_000_000 },
    { metric: 'concurrency', max: 4 },
  ],
  unlimited: [],
};

export interface Case {
  readonly client: Client;
  readonly installed: string;
  readonly model: string;
  /** Who is to answer. */
  readonly provider: FakeName;
  readonly keyKind: KeyKind;
  /** Where the client finds the gateway. */
  readonly url: string;
}

/** What is wrong with a run; nothing, if it was as it should be. */
interface Ran {
  readonly faults: readonly string[];
  /** Who answered in place of the provider that was meant. */
  readonly by: string | undefined;
  readonly output: string;
}

/** A whole loop: the client's model writes a file and reads it again, and says what is in it. */
export async function runClient(
  stage: ProviderStage,
  { client, installed, model, provider, keyKind, url }: Case,
): Promise<Ran> {
  const { key } = await stage.admin.createKey('client', limits[keyKind]);
  const folder = mkdtempSync(join(tmpdir(), 'weir-client-'));
  const [workFolder, home] = [join(folder, 'work'), join(folder, 'home')];
  for (const each of [workFolder, home]) mkdirSync(each);
  const text = `weir-${folder.slice(-6)}`;
  const file = join(workFolder, 'note.txt');
  const play = new Play(client.steps(file, text));
  const before = stage.fakes.requests.length;
  stage.fakes.play(play);
  try {
    const prompt = 'Write a note to note.txt, read it again, and say what is in it.';
    const started = client.start({ url, key, model, prompt, workFolder, home, installed });
    for (const [path, content] of Object.entries(started.files ?? {})) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    }
    const { exit, output } = await run(started, workFolder, home);
    const asked = stage.fakes.requests.slice(before).filter(({ method }) => method === 'POST');
    const written = readIfThere(file);
    return {
      output,
      by: another(asked, provider),
      faults: [
        ...(exit === 0 ? [] : [`it ended with ${exit}`]),
        ...(play.isOver ? [] : ['its model could not take every step']),
        ...(written?.trim() === text ? [] : [`the file holds ${JSON.stringify(written)}`]),
        ...(output.includes(text) ? [] : ['it does not say what is in the file']),
        ...refused(asked),
        ...(await wrongCharges(stage, key, asked)),
      ],
    };
  } finally {
    stage.fakes.play(undefined);
    endLeftovers(home);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function refused(asked: readonly FakeExchange[]): readonly string[] {
  return asked
    .filter(({ answer }) => answer.status !== 200)
    .map(({ provider, answer }) => `${provider} refused it: ${JSON.stringify(answer.body).slice(0, 500)}`);
}

/** What has no tools is asked beside the loop, such as a title, and maybe of another model. */
function another(asked: readonly FakeExchange[], expected: FakeName): string | undefined {
  const loop = asked.filter(({ body }) => body.includes('"tools":['));
  return loop.find(({ provider }) => provider !== expected)?.provider;
}

const nanoPerUsd = 1e9;
const settledMsMax = 5000;
const lookMs = 50;

/** Everything is charged as it is billed, and nothing is held any more. */
async function wrongCharges(stage: ProviderStage, key: string, asked: readonly FakeExchange[]): Promise<string[]> {
  const deadlineMs = performance.now() + settledMsMax;
  for (;;) {
    const { limits: counters, spend } = await stage.admin.usage(key);
    const held = counters.filter((each) => Number(each.held) > 0).map(({ metric }) => metric);
    const over = Math.round(Number(spend.total_usd) * nanoPerUsd) - billedNanoUsd(asked);
    if (held.length === 0 && over === 0) return [];
    if (performance.now() > deadlineMs) {
      const wrong = over === 0 ? [] : [`${over} nano-dollars more are charged than billed`];
      return [...wrong, ...held.map((metric) => `${metric} are still held`)];
    }
    await sleep(lookMs);
  }
}

const runMsMax = 120_000;

interface Ended {
  readonly exit: number | string;
  readonly output: string;
}

function run({ command, args, env }: ReturnType<Client['start']>, cwd: string, home: string): Promise<Ended> {
  const path = [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter);
  const child = spawn(command, args, {
    cwd,
    // Of this machine's own settings it knows nothing.
    env: { PATH: path, HOME: home, LANG: 'C.UTF-8', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // It starts processes of its own, which go with it.
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (part: string) => {
      output += part;
    });
  }
  return new Promise((resolve) => {
    const stop = (): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // All of them have ended.
      }
    };
    const timer = setTimeout(stop, runMsMax);
    child.once('error', (error) => {
      clearTimeout(timer);
      resolve({ exit: String(error), output });
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      stop();
      resolve({ exit: code ?? signal ?? 'nothing', output });
    });
  });
}
