/**
 * `npm run bench` measures the gateway beside a null proxy: a Worker on the same runtime that passes requests on and
 * does nothing else. On another machine the figures are others; the ratios are not by much. What is compared is
 * measured in turn, round after round, so that whatever else the machine does meets all of them alike.
 */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Contestants, startContestants } from './contestants.ts';
import { type Measured, type Target, measure } from './measure.ts';
import { startTrivialWorker } from './plain-worker.ts';
import { watchOthers } from './others.ts';
import { type Peer, startPortkey } from './portkey.ts';
import { type Round, showRound, showSummary } from './report.ts';
import { measureStreams, warmUpStreams } from './streams.ts';
import { measureWaking } from './waking.ts';
import { bodyOf, passedThrough } from './ways.ts';
import { projectRoot } from '../../src/local/bundle.ts';
import { Problem, runProgram } from '../../src/local/problem.ts';

const help = `npm run bench measures the gateway beside a null proxy on the same runtime. Options, after "--":

--rounds N        how often each is measured; 5 if not set
--seconds N       how long each time; 1.5 if not set, and a quarter of it for each kind of stream and of translation
--peer portkey    measures Portkey's gateway too: fetched from npm into a temporary folder
--quick           leaves out how long a key with 100,000 calls takes to wake, and what the bundle is like`;

const connections = 64;
/** Where latency is compared, beside one connection and as many as above. */
const fewConnections = 16;
const warmUpMs = 1000;
/** There are many kinds of streams, and each call with one is long. */
const streamShare = 0.25;

async function main(): Promise<void> {
  const options = readOptions();
  if (options === undefined) {
    console.log(help);
    return;
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
  await showCeiling(options.seconds);
  const contestants = await startContestants();
  const peer = options.peer
    ? await startPortkey(contestants.upstreamUrl, bodyOf(passedThrough.chat, 'whole'))
    : undefined;
  try {
    for (const target of targetsOf(contestants, peer)) await measure(target, connections, warmUpMs);
    await warmUpStreams(contestants);
    const rounds: Round[] = [];
    while (rounds.length < options.rounds) {
      const round = await measureRound(contestants, peer, options.seconds * 1000);
      rounds.push(round);
      showRound(rounds.length, round);
    }
    showSummary(rounds);
    if (options.quick) return;
    await measureWaking(contestants);
    showBundle();
  } finally {
    peer?.stop();
    await contestants.close();
  }
}

/** How fast the driver can be: what comes near to it is not measured but guessed. */
async function showCeiling(seconds: number): Promise<void> {
  const worker = await startTrivialWorker();
  const request = Buffer.from(`GET / HTTP/1.1\r\nhost: ${worker.url.host}\r\n\r\n`);
  const target = { url: worker.url, requests: [request] };
  await measure(target, connections, warmUpMs);
  const { perSecond } = await measure(target, connections, seconds * 1000);
  console.log(`The driver's ceiling, against a Worker that answers at once: ${perSecond.toFixed(0)} requests/s\n`);
  await worker.stop();
}

/** What is deployed is measured by the program that CI has for it. */
function showBundle(): void {
  console.log();
  spawnSync(process.execPath, [join(projectRoot, 'src', 'local', 'check-bundle.ts')], { stdio: 'inherit' });
}

function targetsOf(contestants: Contestants, peer: Peer | undefined): readonly Target[] {
  const { chat } = passedThrough;
  return [
    contestants.nullProxy('whole'),
    contestants.nullProxy('short'),
    contestants.oneKey(chat, 'whole'),
    contestants.oneKey(chat, 'short'),
    contestants.manyKeys,
    ...(peer === undefined ? [] : [peer.target]),
  ];
}

async function measureRound(contestants: Contestants, peer: Peer | undefined, durationMs: number): Promise<Round> {
  const others = watchOthers();
  const busy = (target: Target): Promise<Measured> => measure(target, connections, durationMs);
  const few = (target: Target): Promise<Measured> => measure(target, fewConnections, durationMs / 2);
  const alone = (target: Target): Promise<Measured> => measure(target, 1, durationMs / 2);
  const nullProxy = contestants.nullProxy('whole');
  const oneKey = contestants.oneKey(passedThrough.chat, 'whole');
  const measured = {
    nullProxy: await busy(nullProxy),
    oneKey: await busy(oneKey),
    manyKeys: await busy(contestants.manyKeys),
    nullProxyStream: await busy(contestants.nullProxy('short')),
    stream: await busy(contestants.oneKey(passedThrough.chat, 'short')),
    nullProxyFew: await few(nullProxy),
    oneKeyFew: await few(oneKey),
    nullProxyAlone: await alone(nullProxy),
    oneKeyAlone: await alone(oneKey),
    streams: await measureStreams(contestants, durationMs * streamShare),
    ...(peer === undefined ? {} : { peer: { name: peer.name, ...(await busy(peer.target)) } }),
  };
  return { ...measured, othersShare: others() };
}

interface Options {
  readonly rounds: number;
  readonly seconds: number;
  readonly peer: boolean;
  readonly quick: boolean;
}

/** Undefined where only help is wanted. */
function readOptions(): Options | undefined {
  const values = parse();
  if (values.help === true) return undefined;
  if (values.peer !== undefined && values.peer !== 'portkey') {
    throw new Problem(`--peer can be portkey, not "${values.peer}".`);
  }
  return {
    rounds: positive('--rounds', values.rounds ?? '5'),
    seconds: positive('--seconds', values.seconds ?? '1.5'),
    peer: values.peer === 'portkey',
    quick: values.quick === true,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1000))
    throw new Problem(`${name} must be a number above 0 and at most 1000, not "${text}".`);
  return value;
}

function parse() {
  try {
    return parseArgs({
      options: {
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        peer: { type: 'string' },
        quick: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new Problem(`${error instanceof Error ? error.message : String(error)} Try: npm run bench -- --help`);
  }
}

await runProgram(main);
