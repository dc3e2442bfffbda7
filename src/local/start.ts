/** `npm start`: the gateway on this machine, with its state on disk. */

import { once } from 'node:events';
import { createServer } from 'node:net';
import { join, relative, resolve } from 'node:path';
import { readBuild } from './build.ts';
import { keptSecret, openDataFolder } from './data-folder.ts';
import { type FirstKey, firstKey } from './first-key.ts';
import { LogFile } from './log-file.ts';
import { errorCode, outliveOutput, Problem, runProgram } from './problem.ts';
import { commandOf, isRunning, parentOf } from './process-table.ts';
import { readVariables } from './variables.ts';
import { killWorkerd } from './workerd-process.ts';

const help = `npm start runs the gateway on this machine. It takes no arguments, but these variables:

PORT       where to listen; 8787 if not set, any free port if 0
HOST       127.0.0.1 if not set
WEIR_DATA  the folder that keeps all state; .weir if not set
ADMIN_KEY  used instead of the one made at the first start

Provider keys and other variables of the Worker are read from .dev.vars and from the environment.`;

/** A second signal within this time counts as the first one. */
const impatientMs = 500;
const npmLookMs = 500;

async function main(): Promise<void> {
  const argument = process.argv[2];
  if (argument === '--help') {
    console.log(help);
    return;
  }
  if (argument !== undefined) throw new Problem(`Unknown argument ${argument}. Try: npm start -- --help`);

  outliveOutput();
  const host = (process.env['HOST'] ?? 'localhost').replace(/^localhost$/, '127.0.0.1');
  const port = readPort(process.env['PORT'] ?? '8787');
  const given = readVariables(resolve('.dev.vars'), process.env);
  const folder = openDataFolder(resolve(process.env['WEIR_DATA'] ?? '.weir'));
  folder.write('process', `${process.pid}\n`);
  await killWorkerd(folder.path);
  await refuseTakenPort(host, port);

  const madeAdminKey = given['ADMIN_KEY'] === undefined ? keptSecret(folder, 'admin-key') : undefined;
  const adminKey = given['ADMIN_KEY'] ?? madeAdminKey?.value ?? '';
  // The runtime takes long to load, so it is loaded after all refusals, while the build is made.
  const [build, { startRuntime }] = await Promise.all([readBuild(join(folder.path, 'bundle')), import('./runtime.ts')]);
  const log = new LogFile(join(folder.path, 'weir.log'), (line) => console.error(line));
  const runtime = await startRuntime({
    build,
    variables: {
      ALLOW_PRIVATE_UPSTREAMS: 'true',
      ...given,
      ADMIN_KEY: adminKey,
      KEY_SECRET: given['KEY_SECRET'] ?? keptSecret(folder, 'key-secret').value,
    },
    host,
    port,
    dataPath: folder.path,
    log: (level, message) => log.write(level, message),
  });

  let stoppingSinceMs: number | undefined;
  const stop = (): void => {
    if (stoppingSinceMs !== undefined) return;
    stoppingSinceMs = performance.now();
    void runtime.stop().then(() => {
      log.close();
      folder.release();
      process.exit(0);
    });
  };
  const stopAtSignal = (): void => {
    // npm passes on a Ctrl-C that the terminal has sent here too. Only a later one means "now".
    if (stoppingSinceMs !== undefined && performance.now() - stoppingSinceMs > impatientMs) process.exit(1);
    stop();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stopAtSignal);
  stopWithNpm(stop);

  const url = reachableUrl(runtime.url);
  const first = await firstKey(folder, url, adminKey);
  printWelcome(url, folder.path, first, madeAdminKey?.isNew === true ? madeAdminKey.value : undefined);
}

function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new Problem(`PORT must be a number from 0 to 65535, not "${text}".`);
  return port;
}

/** Throws a Problem if the address can't be listened on. workerd would say so too, but later and in its own words. */
async function refuseTakenPort(host: string, port: number): Promise<void> {
  const problems = new Map([
    ['EADDRINUSE', `Port ${port} on ${host} is in use. Stop what uses it, or set PORT to another.`],
    ['EACCES', `Port ${port} may not be opened by this user. Set PORT to one above 1023.`],
    ['EADDRNOTAVAIL', `This machine has no address ${host}. Set HOST to one that it has, such as 127.0.0.1.`],
    ['ENOTFOUND', `The name ${host} can't be resolved. Set HOST to an address, such as 127.0.0.1.`],
  ]);
  const server = createServer().listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const problem = problems.get(errorCode(error) ?? '');
    throw problem === undefined ? error : new Problem(problem);
  }
  server.close();
  await once(server, 'close');
}

/**
 * Calls `stop` once npm is gone, if npm started this program. npm runs it in a shell that passes no signal on: if npm
 * or the shell is stopped or killed, the program would go on unseen, and hold the port and the data.
 */
function stopWithNpm(stop: () => void): void {
  const parent = process.ppid;
  const npm = [parent, parentOf(parent)].find((id) => id !== undefined && /^npm\b/.test(commandOf(id)));
  if (npm === undefined) return;
  const timer = setInterval(() => {
    if (process.ppid === parent && isRunning(npm)) return;
    clearInterval(timer);
    stop();
  }, npmLookMs);
  timer.unref();
}

/** If the gateway listens on every address, the one to reach it at from this machine. */
function reachableUrl(url: URL): URL {
  const reachable = new URL(url);
  if (reachable.hostname === '0.0.0.0') reachable.hostname = '127.0.0.1';
  if (reachable.hostname === '[::]') reachable.hostname = '[::1]';
  return reachable;
}

function printWelcome(url: URL, dataPath: string, first: FirstKey, newAdminKey: string | undefined): void {
  const fromHere = relative('.', dataPath);
  const folder = fromHere.startsWith('..') ? dataPath : fromHere;
  const body = JSON.stringify({ model: 'echo', messages: [{ role: 'user', content: 'Hello, Weir' }] });
  console.log(`Weir runs on ${url.origin} and keeps its state in ${folder}`);
  console.log();
  if (newAdminKey !== undefined) {
    console.log(`admin key  ${newAdminKey}`);
    console.log(`           shown this once; kept in ${join(folder, 'admin-key')}`);
  }
  if (!first.works) {
    console.log(
      `api key    the one in ${join(folder, 'api-key')} no longer works: delete that file and start again for another`,
    );
    return;
  }
  console.log(`api key    ${first.apiKey}`);
  console.log();
  if (first.problem !== undefined) {
    console.log(`No call with it can be served: ${first.problem}`);
    return;
  }
  console.log('Try it, with no provider key:');
  const headers = `-H 'authorization: Bearer ${first.apiKey}' -H 'content-type: application/json'`;
  console.log(`curl -sS ${url.origin}/v1/chat/completions ${headers} -d '${body}'`);
}

await runProgram(main);
