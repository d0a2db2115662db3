import { MulleError } from '#kernel/errors.ts';
import type { FeatureMatrix } from '#domains/training/index.ts';

const batchRows = 4_096;

/**
 * Probabilities of class 1 by ONNX Runtime, the engine that serves. `path` is the model file, its input tensor `input`
 * [rows, features] float32 in the order of `features`; columns are taken from the matrix by name.
 */
export async function onnxScores(
  path: string,
  features: readonly string[],
  matrix: FeatureMatrix,
): Promise<Float64Array> {
  const ort = await import('onnxruntime-node');
  const columns = features.map((name) => {
    const column = matrix.columns[matrix.names.indexOf(name)];
    if (column === undefined)
      throw new MulleError('missing_feature', `The model reads "${name}", which the rows do not have.`);
    return column;
  });
  const session = await ort.InferenceSession.create(path, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const scores = new Float64Array(matrix.rows);
  for (let from = 0; from < matrix.rows; from += batchRows) {
    const rows = Math.min(batchRows, matrix.rows - from);
    const input = new Float32Array(rows * columns.length);
    columns.forEach((column, f) => {
      for (let row = 0; row < rows; row++) input[row * columns.length + f] = column[from + row] ?? Number.NaN;
    });
    const outputs = await session.run({ input: new ort.Tensor('float32', input, [rows, columns.length]) }, [
      'probabilities',
    ]);
    const probabilities = outputs['probabilities']?.data;
    if (!(probabilities instanceof Float32Array))
      throw new MulleError('model_failed', 'The model has no output "probabilities" of float32.');
    for (let row = 0; row < rows; row++) scores[from + row] = probabilities[row * 2 + 1] ?? Number.NaN;
  }
  await session.release();
  return scores;
}
