import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { chat, projectRoot, spawnWeir, temporaryFolder, watch, workerdOf } from './spawned-weir.ts';

/** As in a terminal: Ctrl-C goes to npm and everything that it starts, and none of our tools is on the PATH. */
function npmStart(folder: string): ChildProcess {
  const path = (process.env['PATH'] ?? '').split(':').filter((each) => !each.includes('node_modules'));
  return spawn('npm', ['start'], {
    cwd: projectRoot,
    detached: true,
    env: { PATH: path.join(':'), HOME: folder, PORT: '0', WEIR_DATA: join(folder, '.weir') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

it('starts by `npm start` with whatever Node the machine has, and stops at Ctrl-C', async () => {
  const folder = temporaryFolder();
  const npm = npmStart(folder);
  const weir = watch(npm, folder);
  const welcome = await weir.welcome;
  const answer = await chat(welcome, 'echo-slow', 'one two three four', { stream: true });
  process.kill(-(npm.pid ?? 0), 'SIGINT');
  // npm passes the signal on, so it arrives twice. What is in flight may end all the same.
  expect(await answer.text()).toContain('data: [DONE]');
  await weir.ended;
  expect(weir.stderr()).toBe('');
  expect(workerdOf(folder)).toBeUndefined();
});

it.each(['SIGTERM', 'SIGKILL'] as const)(
  'does not outlive an npm that got %s, and gives its data free',
  async (signal) => {
    const folder = temporaryFolder();
    const npm = npmStart(folder);
    const weir = watch(npm, folder);
    const { url, apiKey } = await weir.welcome;
    npm.kill(signal);
    await weir.ended;
    expect(workerdOf(folder)).toBeUndefined();
    await expect(fetch(url)).rejects.toThrow('fetch failed');
    expect(await spawnWeir(folder).welcome).toMatchObject({ apiKey });
  },
);
