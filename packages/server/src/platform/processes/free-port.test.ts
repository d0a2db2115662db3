import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { freePort } from './index.ts';

test('a port that is taken is named; 0 is any that is free', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const taken = typeof address === 'object' && address !== null ? address.port : 0;
  try {
    await expect(freePort('127.0.0.1', taken)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(`Port ${taken} on 127.0.0.1 is taken`),
    });
    expect(await freePort('127.0.0.1', 0)).not.toBe(taken);
  } finally {
    server.close();
  }
});

test('an address that is not here is named', async () => {
  await expect(freePort('192.0.2.1', 0)).rejects.toThrow(/192\.0\.2\.1/);
});
