import { createHash } from 'node:crypto';
import { readFile, utimes, writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { nowMs } from '#kernel/clock.ts';
import type { BlobStore } from './blob-store.ts';

async function listed(store: BlobStore) {
  const found = [];
  for await (const blob of store.list()) found.push(blob);
  return found;
}

/** What every backend of blobs must do. `open` gives an empty store whose blobs hold at most `maximumBytes`. */
export function describeBlobStore(name: string, open: (maximumBytes: number) => Promise<BlobStore>): void {
  const text = Buffer.from('물레 spins');
  const address = createHash('sha256').update(text).digest('hex');

  describe(`blobs ${name}`, () => {
    test('gives back what was put, however it came', async () => {
      const store = await open(1_000);
      expect(await store.put(text)).toEqual({ digest: address, bytes: text.length });
      const inPieces = (async function* () {
        for (const byte of text) yield Uint8Array.of(byte);
      })();
      expect(await store.put(inPieces)).toEqual({ digest: address, bytes: text.length });
      expect(Buffer.from(await store.get(address))).toEqual(text);
      const { stream, bytes } = await store.createReadStream(address);
      expect([await buffer(stream), bytes]).toEqual([text, text.length]);
      const path = await store.localPath(address);
      expect(await readFile(path)).toEqual(text);
      expect(await store.putFile(path)).toEqual({ digest: address, bytes: text.length });
      expect([await store.size(address), await store.verify(address)]).toEqual([text.length, true]);
      await store.delete(address);
      expect(await store.has(address)).toBe(false);
    });

    test('nothing at all is a blob too', async () => {
      const store = await open(1_000);
      const { digest, bytes } = await store.put(new Uint8Array());
      expect([digest.slice(0, 8), bytes, (await store.get(digest)).length]).toEqual(['e3b0c442', 0, 0]);
    });

    test('what is absent is not_found, what is no digest invalid_argument', async () => {
      const store = await open(1_000);
      expect([await store.has(address), await store.size(address)]).toEqual([false, undefined]);
      await store.delete(address);
      const reads: ((digest: string) => Promise<unknown>)[] = [
        (digest) => store.get(digest),
        (digest) => store.createReadStream(digest),
        (digest) => store.localPath(digest),
        (digest) => store.verify(digest),
      ];
      for (const read of reads) {
        await expect(read(address)).rejects.toMatchObject({ code: 'not_found' });
        await expect(read('../../etc/passwd')).rejects.toMatchObject({ code: 'invalid_argument' });
      }
    });

    test('too large, broken off, or on a full disk: refused, and nothing stays', async () => {
      const store = await open(10);
      await expect(store.put(text)).rejects.toMatchObject({ code: 'body_too_large' });
      const brokenOff = (async function* () {
        yield Buffer.from('abc');
        throw new Error('the caller left');
      })();
      await expect(store.put(brokenOff)).rejects.toThrow('the caller left');
      const full = (async function* () {
        yield Buffer.from('abc');
        // The kernel's own ENOSPC, out of the device that is always full.
        await writeFile('/dev/full', 'x');
      })();
      await expect(store.put(full)).rejects.toMatchObject({ code: 'storage_full' });
      expect(await store.has(createHash('sha256').update('abc').digest('hex'))).toBe(false);
    });
    testListing(open);
  });
}

function testListing(open: (maximumBytes: number) => Promise<BlobStore>): void {
  const text = Buffer.from('listed');
  const address = createHash('sha256').update(text).digest('hex');
  test('lists what it holds; what is put again is stored anew', async () => {
    const store = await open(1_000);
    const beforeMs = nowMs();
    await store.put(text);
    const other = await store.put(Buffer.from('other'));
    await store.delete(other.digest);
    const [first, ...rest] = await listed(store);
    expect([first?.digest, first?.bytes, rest.length]).toEqual([address, text.length, 0]);
    expect(first?.storedAtMs).toBeGreaterThan(beforeMs - 2_000);
    await utimes(await store.localPath(address), 1_000, 1_000);
    expect((await listed(store))[0]?.storedAtMs).toBe(1_000_000);
    await store.put(text);
    expect((await listed(store))[0]?.storedAtMs).toBeGreaterThan(beforeMs - 2_000);
  });
}
