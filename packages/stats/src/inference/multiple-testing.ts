/** Adjusted p-values in the order given, controlling the chance of any false finding (Holm 1979, step-down). */
export function holm(pValues: readonly number[]): number[] {
  const count = pValues.length;
  const adjusted = new Array<number>(count).fill(1);
  let highest = 0;
  for (const [rank, { index, pValue }] of byPValue(pValues).entries()) {
    highest = Math.max(highest, Math.min(1, pValue * (count - rank)));
    adjusted[index] = highest;
  }
  return adjusted;
}

/** Adjusted p-values in the order given, controlling the false discovery rate (Benjamini and Hochberg 1995, step-up). */
export function benjaminiHochberg(pValues: readonly number[]): number[] {
  const count = pValues.length;
  const adjusted = new Array<number>(count).fill(1);
  let lowest = 1;
  for (const [rank, { index, pValue }] of [...byPValue(pValues).entries()].toReversed()) {
    lowest = Math.min(lowest, (pValue * count) / (rank + 1));
    adjusted[index] = lowest;
  }
  return adjusted;
}

function byPValue(pValues: readonly number[]): { index: number; pValue: number }[] {
  return pValues
    .map((pValue, index) => {
      if (!(pValue >= 0 && pValue <= 1)) throw new RangeError(`pValues[${index}] is ${pValue}; must be in 0…1`);
      return { index, pValue };
    })
    .toSorted((a, b) => a.pValue - b.pValue);
}
