import type { Job } from './batching.ts';

/** Of requests that name none. A smaller number goes first, as Triton's clients have it; 0 is none. */
const usualPriority = 100;

type Waiting = Pick<Job<{ readonly priority?: number | undefined }, never>, 'input'>;

function priorityOf({ input }: Waiting): number {
  return input.priority === undefined || input.priority === 0 ? usualPriority : input.priority;
}

/** Puts a job behind all that wait with its priority or a smaller one. */
export function insertByPriority<Item extends Waiting>(queue: Item[], job: Item): void {
  const own = priorityOf(job);
  let at = queue.length;
  for (let before = queue[at - 1]; before !== undefined && priorityOf(before) > own; before = queue[at - 1]) at--;
  queue.splice(at, 0, job);
}
