import type { Standardisation } from '../standardisation.ts';
import { classifierOutputs, encodeOnnx } from './onnx-model.ts';

/**
 * Standardised logistic regression as Imputer → Scaler → LinearClassifier.
 * Coefficients in column order, the intercept last; class 0 has their negatives.
 */
export function linearClassifierOnnx(
  features: readonly string[],
  { means, scales }: Standardisation,
  coefficients: Float32Array,
): Uint8Array {
  const weights = [...coefficients.subarray(0, features.length)];
  const intercept = coefficients[features.length] ?? 0;
  return encodeOnnx(
    features,
    [
      {
        type: 'Imputer',
        inputs: ['input'],
        outputs: ['imputed'],
        attributes: [
          { name: 'imputed_value_floats', floats: means },
          { name: 'replaced_value_float', float: NaN },
        ],
      },
      {
        type: 'Scaler',
        inputs: ['imputed'],
        outputs: ['standardised'],
        attributes: [
          { name: 'offset', floats: means },
          { name: 'scale', floats: scales },
        ],
      },
      {
        type: 'LinearClassifier',
        inputs: ['standardised'],
        outputs: classifierOutputs.map(({ name }) => name),
        attributes: [
          { name: 'coefficients', floats: [...weights.map((weight) => -weight), ...weights] },
          { name: 'intercepts', floats: [-intercept, intercept] },
          { name: 'classlabels_ints', ints: [0, 1] },
          { name: 'multi_class', int: 0 },
          { name: 'post_transform', string: 'LOGISTIC' },
        ],
      },
    ],
    classifierOutputs,
  );
}
