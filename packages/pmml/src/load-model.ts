import { compileModel, isModel, isTargetUsage } from './compile-model.ts';
import { definedFunctions } from './expression.ts';
import { Frame, Layout } from './frame.ts';
import { readDataField, type DataField } from './input-treatment.ts';
import { targetValue } from './output.ts';
import { PmmlError } from './pmml-error.ts';
import { Scope } from './scope.ts';
import type { DataType, Optype, Value } from './value.ts';
import { attributeOf, childOf, childrenOf, parseXml, requiredChild } from './xml.ts';

/** A field that a row may carry. */
export interface InputField {
  readonly name: string;
  readonly dataType: DataType;
  readonly optype: Optype;
  /** The declared categories, in order; empty where none are. */
  readonly categories: readonly Value[];
}

/** What a model says of one row. */
export interface Result {
  /** The target's value; null: the model has no answer. */
  readonly value: Value;
  /** By category, in the model's order; null where the model gives none. */
  readonly probabilities: ReadonlyMap<string, number> | null;
  /** The document's output fields by name. */
  readonly outputs: Readonly<Record<string, Value>>;
}

/** A field that the document's `Output` names. */
export interface OutputField {
  readonly name: string;
  readonly dataType: DataType;
  /** The category whose probability it tells; null for anything else. */
  readonly probabilityOf: string | null;
}

export interface PmmlModel {
  /** `TreeModel`, `MiningModel`, … */
  readonly kind: string;
  readonly isClassification: boolean;
  readonly inputs: readonly InputField[];
  readonly target: InputField | null;
  /** Final ones, in the document's order. */
  readonly outputs: readonly OutputField[];
  /**
   * Evaluates a row: the values of `inputs` in order, null for missing. Throws `PmmlError` for a value that the model
   * declares invalid and refuses.
   */
  evaluate(row: readonly Value[]): Result;
}

const inputUsages = new Set([undefined, 'active', 'supplementary']);

/**
 * Reads a document and compiles its first model. Throws `PmmlError` on what is no PMML, and on what of it is not
 * supported, by name: what loads is evaluated in full.
 */
export function loadPmml(text: string): PmmlModel {
  const root = parseXml(text);
  if (root.name !== 'PMML') throw new PmmlError(`The document is ${root.name}, no PMML.`);
  const element = root.children.find(isModel);
  if (element === undefined) throw new PmmlError('The document has no model.');
  const declared = childrenOf(requiredChild(root, 'DataDictionary'), 'DataField').map(readDataField);
  const dataFields = new Map<string, DataField>(declared.map((field) => [field.name, field]));
  const layout = new Layout();
  const scope = new Scope(layout, null, definedFunctions(root));
  for (const { name, dataType, optype, categories } of declared) {
    scope.define(name, { place: layout.add(), dataType, optype, categories });
  }
  const compiled = compileModel(element, {
    outer: scope,
    dataFields,
    target: null,
    dictionary: childOf(root, 'TransformationDictionary'),
    isOutermost: true,
  });
  const schema = childrenOf(requiredChild(element, 'MiningSchema'), 'MiningField');
  const names = schema
    .filter((field) => !isTargetUsage(field) && inputUsages.has(field.attributes['usageType']))
    .map((field) => attributeOf(field, 'name'));
  const inputs = names.flatMap((name) => dataFields.get(name) ?? []);
  const places = inputs.map(({ name }) => scope.resolve(name).place);
  const frame = new Frame(layout);
  const { target, outputs, predict, isClassification } = compiled;
  return {
    kind: element.name,
    isClassification,
    inputs: inputs.map(({ name, dataType, optype, categories }) => ({ name, dataType, optype, categories })),
    target: target === null ? null : { ...target },
    outputs: outputs
      .filter(({ isFinal }) => isFinal)
      .map(({ name, field, probabilityOf }) => ({ name, dataType: field.dataType, probabilityOf })),
    evaluate: (row) => {
      frame.beginRow();
      for (let index = 0; index < places.length; index++) frame.set(places[index] ?? 0, row[index] ?? null);
      const prediction = predict(frame);
      const put: Record<string, Value> = {};
      for (const { name, field, isFinal } of outputs) if (isFinal) put[name] = frame.get(field.place);
      return {
        value: targetValue(prediction, target),
        probabilities: prediction?.probabilities ?? null,
        outputs: put,
      };
    },
  };
}
