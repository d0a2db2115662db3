import { createServer } from 'node:net';
import { MulleError } from '#kernel/errors.ts';

/**
 * A TCP port that nobody listens on now: `wanted`, or any where it is 0. Throws `unavailable` that names the port where
 * it is taken.
 */
export function freePort(host: string, wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', (cause) => reject(new MulleError('unavailable', refusal(host, wanted, cause), { cause })));
    probe.listen(wanted, host, () => {
      const address = probe.address();
      probe.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port);
        else reject(new MulleError('internal', `No port could be read on ${host}.`));
      });
    });
  });
}

function refusal(host: string, wanted: number, cause: Error): string {
  const isTaken = 'code' in cause && cause.code === 'EADDRINUSE';
  if (isTaken) return `Port ${wanted} on ${host} is taken. Stop what listens there, or give another port.`;
  return `Mulle cannot listen on ${host}:${wanted}: ${cause.message}.`;
}
