import type { Outcome } from '@mulle/contract';
import type { InferenceClient } from '@mulle/client';
import { seeded } from '../platform/readings.ts';

const countries = ['KR', 'DE', 'BR'];

export interface Visitors {
  readonly units: number;
  /** Visits between two batches of outcomes: between any two the engine may look. */
  readonly batch: number;
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/**
 * Visitors of one endpoint: each comes one to three times, with the habits that they have, and most tell what came of
 * it. Whatever answers makes no difference to them. Throws where a request fails.
 */
export async function visit(
  inference: InferenceClient,
  endpoint: string,
  seed: number,
  { units, batch }: Visitors,
): Promise<number> {
  const random = seeded(seed);
  const visits = Array.from({ length: units }, (_, unit) => {
    const visitor = { user: `${endpoint}-${seed}-${unit}`, habit: normal(random), country: countries[unit % 3] ?? '' };
    return Array.from({ length: 1 + Math.floor(random() * 3) }, () => ({ ...visitor, luck: random(), at: random() }));
  })
    .flat()
    .toSorted((a, b) => a.at - b.at);
  for (let from = 0; from < visits.length; from += batch) {
    const outcomes = await Promise.all(
      visits.slice(from, from + batch).map(async ({ at, ...input }): Promise<Outcome[]> => {
        const values = { bought: random() < 0.3, spent: 10 + 2 * input.habit + normal(random) };
        const { metadata } = await inference.predict(endpoint, input);
        return at < 0.95 ? [{ decisionId: metadata.request_id, values }] : [];
      }),
    );
    const told = outcomes.flat();
    if (told.length > 0) await inference.recordOutcomes(endpoint, told);
  }
  return visits.length;
}
