import type { Random } from '#kernel/random.ts';

/** The bin of NaN. Values have bins 0 … 254. */
export const missingBin = 255;
export const maxValueBins = 255;
/** Thresholds of one feature, padded with +Infinity to this length for the fixed-step search. */
export const thresholdStride = 256;
const sampledValues = 200_000;

/**
 * Cuts a column into at most `maxBins` bins of about equal count, as seen in at most 200,000 of its values.
 * Bin i holds the values x with threshold[i − 1] < x ≤ threshold[i]. Thresholds are float32 midpoints, so that the
 * comparison comes out the same on bins, in float32 and in float64.
 *
 * Writes into `thresholds` (length 256, padded with +Infinity) and returns how many there are: bins − 1.
 */
export function quantileThresholds(
  column: Float32Array,
  maxBins: number,
  random: Random,
  thresholds: Float32Array,
): number {
  const sorted = sampleValues(column, random).sort();
  thresholds.fill(Infinity);
  let count = 0;
  let previous = -1;
  const cutAfter = (last: number): void => {
    const low = sorted[last] ?? 0;
    const high = sorted[last + 1] ?? 0;
    const middle = Math.fround(low / 2 + high / 2);
    thresholds[count++] = middle >= low && middle < high ? middle : low;
    previous = last;
  };
  const distinct = countDistinct(sorted, maxBins + 1);
  for (let cut = 1; distinct > maxBins && cut < maxBins; cut++) {
    let last = Math.floor((cut * sorted.length) / maxBins) - 1;
    while (last + 1 < sorted.length && sorted[last + 1] === sorted[last]) last++;
    if (last > previous && last + 1 < sorted.length) cutAfter(last);
  }
  for (let last = 0; distinct <= maxBins && last + 1 < sorted.length; last++)
    if (sorted[last] !== sorted[last + 1]) cutAfter(last);
  return count;
}

/** One value from each of equal strata of the column, NaN left out. */
function sampleValues(column: Float32Array, random: Random): Float32Array {
  const strata = Math.min(column.length, sampledValues);
  const values = new Float32Array(strata);
  let kept = 0;
  for (let i = 0; i < strata; i++) {
    const row = strata === column.length ? i : Math.floor(((i + random()) * column.length) / strata);
    const value = column[Math.min(row, column.length - 1)] ?? NaN;
    if (!Number.isNaN(value)) values[kept++] = value;
  }
  return values.subarray(0, kept);
}

function countDistinct(sorted: Float32Array, stopAt: number): number {
  let distinct = sorted.length === 0 ? 0 : 1;
  for (let i = 1; i < sorted.length && distinct < stopAt; i++) if (sorted[i] !== sorted[i - 1]) distinct++;
  return distinct;
}

/** Writes the bin of every value of a column. */
export function binColumn(column: Float32Array, thresholds: Float32Array, bins: Uint8Array): void {
  const t = Float32Array.from(thresholds);
  for (let row = 0; row < column.length; row++) {
    const x = column[row] ?? NaN;
    // Eight halvings over 256 padded thresholds: the number of thresholds below x.
    let bin = (t[127] ?? 0) < x ? 128 : 0;
    if ((t[bin + 63] ?? 0) < x) bin += 64;
    if ((t[bin + 31] ?? 0) < x) bin += 32;
    if ((t[bin + 15] ?? 0) < x) bin += 16;
    if ((t[bin + 7] ?? 0) < x) bin += 8;
    if ((t[bin + 3] ?? 0) < x) bin += 4;
    if ((t[bin + 1] ?? 0) < x) bin += 2;
    if ((t[bin] ?? 0) < x) bin += 1;
    bins[row] = Number.isNaN(x) ? missingBin : bin;
  }
}

/** Copies a column of bins to the bytes `feature + row · stride` of row-by-row bins. */
export function interleaveColumn(bins: Uint8Array, target: Uint8Array, feature: number, stride: number): void {
  for (let row = 0, at = feature; row < bins.length; row++, at += stride) target[at] = bins[row] ?? 0;
}
