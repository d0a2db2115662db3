import { describeTensor, type ModelSignature, type TensorSpec } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';
import { bufferOf, elementBytes, elementCount, textEnd, type Tensor } from './tensor.ts';

function invalidShape(name: string, problem: string): MulleError {
  return new MulleError('invalid_shape', `Tensor "${name}": ${problem}`, { details: { tensor: name } });
}

/** Throws `invalid_shape` where the bytes of a tensor do not fill its shape. */
export function checkBytes({ name, datatype, shape, bytes }: Tensor): void {
  const count = elementCount(shape);
  const has = datatype === 'BYTES' ? textCount(name, bufferOf(bytes)) : bytes.length / elementBytes[datatype];
  if (has !== count) throw invalidShape(name, `${has} values do not fill its shape [${shape.join(', ')}].`);
}

function textCount(name: string, bytes: Buffer): number {
  let count = 0;
  for (let at = 0; at < bytes.length; count++) {
    at = textEnd(bytes, at);
    if (at < 0) throw new MulleError('invalid_argument', `Tensor "${name}": element ${count} ends behind its bytes.`);
  }
  return count;
}

function checkTensor(spec: TensorSpec, { name, datatype, shape }: Tensor): void {
  if (datatype !== spec.datatype) {
    throw new MulleError('invalid_argument', `Tensor "${name}" is ${datatype}; give ${describeTensor(spec)}.`);
  }
  const fits = shape.length === spec.shape.length && spec.shape.every((size, axis) => size < 0 || size === shape[axis]);
  if (!fits) throw invalidShape(name, `its shape is [${shape.join(', ')}]; give ${describeTensor(spec)}.`);
}

/**
 * The tensors in the order of the signature's inputs. Throws `unknown_field`, `missing_feature`, `invalid_argument` (given
 * twice, of another datatype) or `invalid_shape`, before a model sees anything.
 */
export function checkTensors({ inputs }: ModelSignature, tensors: readonly Tensor[]): Tensor[] {
  const given = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const known = (): string => inputs.map((spec) => `${spec.name} ${describeTensor(spec)}`).join(', ');
  for (const { name } of tensors) {
    if (inputs.some((spec) => spec.name === name)) continue;
    throw new MulleError('unknown_field', `There is no input "${name.slice(0, 128)}". There are: ${known()}.`);
  }
  if (given.size < tensors.length) throw new MulleError('invalid_argument', 'A tensor is given twice.');
  return inputs.map((spec) => {
    const tensor = given.get(spec.name);
    if (tensor === undefined) {
      throw new MulleError('missing_feature', `The input "${spec.name}" is missing. It takes: ${known()}.`, {
        details: { tensor: spec.name },
      });
    }
    checkTensor(spec, tensor);
    return tensor;
  });
}
