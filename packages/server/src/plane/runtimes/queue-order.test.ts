import fc from 'fast-check';
import { expect, test } from 'vitest';
import { insertByPriority } from './queue-order.ts';

test('a smaller priority goes first, none and 0 are the usual one, equals keep their order', () => {
  const priorities = fc.array(fc.constantFrom(undefined, 0, 1, 7, 99, 100, 101, 250), { maxLength: 40 });
  fc.assert(
    fc.property(priorities, (given) => {
      const queue: { input: { count: number; priority: number | undefined }; order: number }[] = [];
      for (const [order, priority] of given.entries())
        insertByPriority(queue, { input: { count: 1, priority }, order });
      const level = (priority: number | undefined): number => priority || 100;
      const stable = given
        .map((priority, order) => ({ order, level: level(priority) }))
        .toSorted((a, b) => a.level - b.level || a.order - b.order);
      expect(queue.map(({ order }) => order)).toEqual(stable.map(({ order }) => order));
    }),
    { seed: 11 },
  );
});
