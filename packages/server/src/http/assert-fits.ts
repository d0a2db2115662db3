import { fits } from '@mulle/contract';
import type { TSchema } from 'typebox';

/**
 * Rejects with what `explainMisfit` makes of a value that does not fit. What it takes to explain is loaded for the first
 * caller who needs it.
 */
export async function assertFits(schema: TSchema, value: unknown, what: string): Promise<void> {
  if (fits(schema, value)) return;
  const { explainMisfit } = await import('./explain-misfit.ts');
  throw explainMisfit(schema, value, what);
}
