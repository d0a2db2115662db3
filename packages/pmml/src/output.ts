import { compileTyped } from './expression.ts';
import type { Frame } from './frame.ts';
import type { ModelOutput, Prediction, Target } from './models/prediction.ts';
import { PmmlError } from './pmml-error.ts';
import type { Field, Scope } from './scope.ts';
import { castTo, dataTypeNamed, type DataType, type Value } from './value.ts';
import { attributeOf, childOf, childrenOf, numberAttribute, type XmlElement } from './xml.ts';

type Feature = (prediction: Prediction | null, frame: Frame) => Value;

interface OutputField extends ModelOutput {
  readonly set: (prediction: Prediction | null, frame: Frame) => void;
}

/** The output fields of a model, in order: each may read those before it. */
export function compileOutput(
  element: XmlElement,
  scope: Scope,
  target: Target | null,
  displayValues: ReadonlyMap<string, string>,
): OutputField[] {
  const output = childOf(element, 'Output');
  return (output === undefined ? [] : childrenOf(output, 'OutputField')).map((each) => {
    const { feature, natural } = featureOf(each, scope, target, displayValues);
    const dataType = dataTypeNamed(each.attributes['dataType'], natural);
    const cast = castTo(dataType);
    const optype = each.attributes['optype'] === 'continuous' ? 'continuous' : 'categorical';
    const field: Field = { place: scope.layout.add(), dataType, optype, categories: [] };
    const name = attributeOf(each, 'name');
    scope.define(name, field);
    return {
      name,
      field,
      isFinal: each.attributes['isFinalResult'] !== 'false',
      probabilityOf: each.attributes['feature'] === 'probability' ? (each.attributes['value'] ?? null) : null,
      set: (prediction, frame) => {
        const value = feature(prediction, frame);
        frame.set(field.place, cast(value) ?? null);
      },
    };
  });
}

/** The value as the target's type has it. */
export function targetValue(prediction: Prediction | null, target: Target | null): Value {
  if (prediction === null || target === null) return prediction?.value ?? null;
  return castTo(target.dataType)(prediction.value) ?? prediction.value;
}

function featureOf(
  element: XmlElement,
  scope: Scope,
  target: Target | null,
  displayValues: ReadonlyMap<string, string>,
): { feature: Feature; natural: DataType } {
  const kind = element.attributes['feature'] ?? 'predictedValue';
  const category = element.attributes['value'];
  const of = (values: ReadonlyMap<string, number> | undefined, prediction: Prediction | null): Value => {
    const name = category ?? prediction?.value;
    if (name === undefined || name === null || prediction === null) return null;
    return values?.get(String(name)) ?? (category !== undefined && values !== undefined ? 0 : null);
  };
  const valueType = target?.dataType ?? 'string';
  switch (kind) {
    case 'predictedValue':
      return { natural: valueType, feature: (prediction) => targetValue(prediction, target) };
    case 'predictedDisplayValue':
      return {
        natural: 'string',
        feature: (prediction) => {
          const value = prediction?.value ?? null;
          return value === null ? null : (displayValues.get(String(value)) ?? value);
        },
      };
    case 'probability':
      return { natural: 'double', feature: (prediction) => of(prediction?.probabilities, prediction) };
    case 'confidence':
      return {
        natural: 'double',
        feature: (prediction) => of(prediction?.confidences ?? prediction?.probabilities, prediction),
      };
    case 'affinity':
    case 'clusterAffinity':
    case 'entityAffinity':
      return { natural: 'double', feature: (prediction) => of(prediction?.affinities, prediction) };
    case 'entityId':
    case 'clusterId':
      return { natural: 'string', feature: (prediction) => prediction?.entityId ?? null };
    case 'reasonCode': {
      const rank = numberAttribute(element, 'rank', 1);
      return { natural: 'string', feature: (prediction) => prediction?.reasonCodes?.[rank - 1] ?? null };
    }
    case 'transformedValue':
    case 'decision': {
      const { dataType, compute } = compileTyped(element, scope);
      return { natural: dataType, feature: (_, frame) => compute(frame) };
    }
    default:
      throw new PmmlError(`The output "${kind}" is not supported.`);
  }
}
