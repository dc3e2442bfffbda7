import { createServer } from 'node:net';
import { errorCode, Problem } from './problem.ts';

/** Throws a Problem if the address can't be listened on. workerd would say so too, but later and in its own words. */
export function refuseTakenPort(host: string, port: number): Promise<void> {
  const problems = new Map([
    ['EADDRINUSE', `Port ${port} on ${host} is in use. Stop what uses it, or set PORT to another.`],
    ['EACCES', `Port ${port} may not be opened by this user. Set PORT to one above 1023.`],
    ['EADDRNOTAVAIL', `This machine has no address ${host}. Set HOST to one that it has, such as 127.0.0.1.`],
    ['ENOTFOUND', `The name ${host} can't be resolved. Set HOST to an address, such as 127.0.0.1.`],
  ]);
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => {
      const problem = problems.get(errorCode(error) ?? '');
      reject(problem === undefined ? error : new Problem(problem));
    });
    server.listen(port, host, () => {
      server.close(() => {
        resolve();
      });
    });
  });
}
