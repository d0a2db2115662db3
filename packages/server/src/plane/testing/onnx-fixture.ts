import onnxProto from 'onnx-proto';

const { onnx } = onnxProto;
const { FLOAT, INT64 } = onnx.TensorProto.DataType;
const { FLOATS, INTS, STRING } = onnx.AttributeProto.AttributeType;

export function tensor(name: string, elemType: number, columns: number | null) {
  const dim = [{ dimParam: 'rows' }, ...(columns === null ? [] : [{ dimValue: columns }])];
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

/** A logistic regression as ONNX: probability = 1 / (1 + exp(−(weights · row + intercept))). */
export function logisticModel(weights: readonly number[], intercept: number): Uint8Array {
  const text = new TextEncoder();
  return onnx.ModelProto.encode({
    irVersion: 8,
    opsetImport: [
      { domain: '', version: 17 },
      { domain: 'ai.onnx.ml', version: 3 },
    ],
    graph: {
      name: 'logistic',
      input: [tensor('input', FLOAT, weights.length)],
      output: [tensor('label', INT64, null), tensor('probabilities', FLOAT, 2)],
      node: [
        {
          domain: 'ai.onnx.ml',
          opType: 'LinearClassifier',
          input: ['input'],
          output: ['label', 'probabilities'],
          attribute: [
            { name: 'coefficients', type: FLOATS, floats: [...weights.map((weight) => -weight), ...weights] },
            { name: 'intercepts', type: FLOATS, floats: [-intercept, intercept] },
            { name: 'classlabels_ints', type: INTS, ints: [0, 1] },
            { name: 'post_transform', type: STRING, s: text.encode('LOGISTIC') },
          ],
        },
      ],
    },
  }).finish();
}

/** What `logisticModel` answers, in double precision. */
export function logistic(weights: readonly number[], intercept: number, row: readonly number[]): number {
  const sum = weights.reduce((total, weight, index) => total + weight * (row[index] ?? 0), intercept);
  return 1 / (1 + Math.exp(-sum));
}
