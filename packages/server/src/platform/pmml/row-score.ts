import type { PmmlModel, Result, Value } from '@mulle/pmml';
import { isNumeric } from './pmml-signature.ts';

/** How a model answers a row of numbers with one number, or why it does not. */
export type RowScoring = { readonly score: (result: Result) => number | null } | { readonly unknown: string };

/** The value of a regression; of a classification into two the probability of the category that is declared second. */
export function scoringOf({ inputs, target, outputs, isClassification }: PmmlModel): RowScoring {
  const text = inputs.find(({ dataType }) => !isNumeric(dataType));
  if (text !== undefined)
    return { unknown: `Its input "${text.name}" is a ${text.dataType}, and rows are of numbers.` };
  if (isClassification) {
    const [, second, ...more] = target?.categories ?? [];
    if (second === undefined || more.length > 0) {
      return { unknown: 'It classifies into others than two categories, which one number a row does not tell.' };
    }
    // Where the document tells it, as it tells it: rounded, say.
    const output = outputs.find(({ probabilityOf }) => probabilityOf === String(second));
    if (output !== undefined) return { score: ({ outputs: values }) => numberOrNull(values[output.name]) };
    return { score: ({ probabilities }) => probabilities?.get(String(second)) ?? null };
  }
  if (target === null || !isNumeric(target.dataType)) return { unknown: 'It predicts no number.' };
  return { score: ({ value }) => numberOrNull(value) };
}

function numberOrNull(value: Value | undefined): number | null {
  return typeof value === 'number' ? value : null;
}
