import { open } from 'node:fs/promises';
import { seededRandom } from '../../packages/server/src/kernel/random.ts';

/** The shape of the file: float32, column by column, the label last; the last `testRows` rows are held out. */
export interface DatasetShape {
  readonly trainRows: number;
  readonly testRows: number;
  readonly features: number;
}

/**
 * Writes a seeded binary classification problem: normal features, 2 % missing, log odds of an interaction, a wave, a
 * threshold, a line and the missingness of one feature; six features do nothing.
 */
export async function writeDataset(
  path: string,
  { trainRows, testRows, features }: DatasetShape,
  seed: number,
): Promise<void> {
  const rows = trainRows + testRows;
  const random = seededRandom(seed);
  const columns = Array.from({ length: features }, () => new Float32Array(rows));
  for (const column of columns)
    for (let row = 0; row < rows; row++) {
      const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      column[row] = random() < 0.02 ? NaN : normal;
    }
  const label = new Float32Array(rows);
  const value = (f: number, row: number): number => columns[f]?.[row] ?? 0;
  const present = (f: number, row: number): number => (Number.isNaN(value(f, row)) ? 0 : value(f, row));
  for (let row = 0; row < rows; row++) {
    const logOdds =
      present(0, row) * present(1, row) +
      Math.sin(2 * present(2, row)) +
      0.5 * present(3, row) +
      (present(4, row) > 1 ? 1.5 : 0) +
      (Number.isNaN(value(5, row)) ? 2 : 0) -
      1;
    label[row] = random() < 1 / (1 + Math.exp(-logOdds)) ? 1 : 0;
  }
  const file = await open(path, 'w');
  for (const column of [...columns, label]) await file.write(new Uint8Array(column.buffer));
  await file.close();
}
