import { createServer } from 'node:net';
import { MulleError } from '#kernel/errors.ts';

/** A TCP port that nobody listens on now; `wanted` itself unless it is 0. */
export function freePort(host: string, wanted: number): Promise<number> {
  if (wanted !== 0) return Promise.resolve(wanted);
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', (cause) => reject(new MulleError('unavailable', `No free port on ${host}.`, { cause })));
    probe.listen(0, host, () => {
      const address = probe.address();
      probe.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port);
        else reject(new MulleError('internal', `No port could be read on ${host}.`));
      });
    });
  });
}
