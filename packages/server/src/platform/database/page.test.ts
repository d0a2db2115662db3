import { expect, test } from 'vitest';
import { pageOf, readPageToken, type PageRequest } from './index.ts';

const rows = ['a', 'b', 'c', 'd', 'e'];

function list(request: PageRequest) {
  const after = readPageToken(request);
  const rest = rows.filter((row) => after === undefined || row > String(after));
  return pageOf(
    request,
    (count) => Promise.resolve(rest.slice(0, count)),
    (row) => row,
    (row) => row.toUpperCase(),
  );
}

test('pages follow each other without a gap; the last has no token', async () => {
  const seen: string[] = [];
  let page = await list({ limit: 2 });
  seen.push(...page.items);
  while (page.nextPageToken !== undefined) {
    page = await list({ limit: 2, pageToken: page.nextPageToken });
    seen.push(...page.items);
  }
  expect(seen).toEqual(['A', 'B', 'C', 'D', 'E']);
  expect(await list({ limit: 5 })).toEqual({ items: ['A', 'B', 'C', 'D', 'E'] });
});

test.each(['%%', 'bm90IGpzb24', 'e30'])('a foreign token %s is refused', (pageToken) => {
  expect(() => readPageToken({ pageToken })).toThrow('pageToken');
});
