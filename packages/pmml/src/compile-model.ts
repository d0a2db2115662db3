import { defineDerivedFields } from './expression.ts';
import { readTreatment, type DataField } from './input-treatment.ts';
import { compileClustering } from './models/clustering.ts';
import { compileGeneralRegression } from './models/general-regression.ts';
import { compileMining } from './models/mining.ts';
import { compileNaiveBayes } from './models/naive-bayes.ts';
import type { CompiledModel, ModelContext, ModelOutput, Scorer, Target } from './models/prediction.ts';
import { compileRegression } from './models/regression.ts';
import { compileRuleSet } from './models/rule-set.ts';
import { compileScorecard } from './models/scorecard.ts';
import { compileTree } from './models/tree.ts';
import { compileOutput } from './output.ts';
import { PmmlError } from './pmml-error.ts';
import { Scope, type Field } from './scope.ts';
import { withTargets } from './targets.ts';
import { attributeOf, childOf, childrenOf, requiredChild, type XmlElement } from './xml.ts';

const kinds: Readonly<Record<string, (context: ModelContext) => Scorer>> = {
  TreeModel: compileTree,
  RegressionModel: compileRegression,
  GeneralRegressionModel: compileGeneralRegression,
  MiningModel: compileMining,
  Scorecard: compileScorecard,
  RuleSetModel: compileRuleSet,
  ClusteringModel: compileClustering,
  NaiveBayesModel: compileNaiveBayes,
};

export const isModel = ({ name }: XmlElement): boolean => /(Model|Scorecard)$/.test(name);

/** What a model stands in: the names it may ask for, and what the document declares. */
export interface ModelSurroundings {
  readonly outer: Scope;
  readonly dataFields: ReadonlyMap<string, DataField>;
  readonly target: Target | null;
  /** Of the outermost model, whose inputs are checked and whose derived fields are those of the document. */
  readonly dictionary: XmlElement | undefined;
  readonly isOutermost: boolean;
}

export const isTargetUsage = ({ attributes }: XmlElement): boolean =>
  attributes['usageType'] === 'target' || attributes['usageType'] === 'predicted';

/** Compiles a model and all within it. Throws `PmmlError` on what is not supported, by name. */
export function compileModel(element: XmlElement, surroundings: ModelSurroundings): CompiledModel {
  const { outer, dataFields } = surroundings;
  if (element.attributes['isScorable'] === 'false') throw new PmmlError('The model says that it is not scorable.');
  const compileKind = kinds[element.name];
  if (compileKind === undefined) throw new PmmlError(`Models of the kind ${element.name} are not supported.`);
  const schema = childrenOf(requiredChild(element, 'MiningSchema'), 'MiningField');
  const scope = new Scope(outer.layout, outer);
  const checked = defineInputs(schema, scope, surroundings);
  if (surroundings.isOutermost) defineDerivedFields(surroundings.dictionary, scope);
  defineDerivedFields(childOf(element, 'LocalTransformations'), scope);
  const target = targetOf(schema, dataFields) ?? surroundings.target;
  const round = element.attributes['x-mathContext'] === 'float' ? Math.fround : (value: number): number => value;
  const isClassification = attributeOf(element, 'functionName') === 'classification';
  const nested: ModelOutput[] = [];
  const scored = compileKind({
    element,
    scope,
    target,
    isClassification,
    round,
    putOut: (output) => nested.push(output),
    compileInner: (inner, within) =>
      compileModel(inner, { outer: within, dataFields, target, dictionary: undefined, isOutermost: false }),
  });
  const { score, displayValues } = withTargets(element, target, round, scored);
  const outputs = compileOutput(element, scope, target, displayValues);
  return {
    target,
    isClassification,
    outputs: [...outputs, ...nested.filter(({ name }) => !outputs.some((own) => own.name === name))],
    predict: (frame) => {
      for (const place of checked) frame.get(place);
      const prediction = score(frame);
      for (const { set } of outputs) set(prediction, frame);
      return prediction;
    },
  };
}

function targetOf(schema: readonly XmlElement[], dataFields: ReadonlyMap<string, DataField>): Target | null {
  const element = schema.find(isTargetUsage);
  if (element === undefined) return null;
  const name = attributeOf(element, 'name');
  const field = dataFields.get(name);
  if (field === undefined) return null;
  const { dataType, optype, categories } = field;
  return { name, dataType, optype, categories };
}

/**
 * Fields as the schema treats them; within another model they stay as they are unless it asks for more. Returns the
 * places of those that are looked at in any case, so that an invalid value is refused whether or not it decides.
 */
function defineInputs(
  schema: readonly XmlElement[],
  scope: Scope,
  { outer, dataFields, isOutermost }: ModelSurroundings,
): number[] {
  const checked: number[] = [];
  for (const element of schema) {
    const name = attributeOf(element, 'name');
    const make = (): Field => {
      const field = outer.resolve(name);
      const treatment = readTreatment(element, dataFields.get(name), field.dataType);
      if (treatment.isDefault && !isOutermost) return field;
      return { ...field, place: scope.layout.add((frame) => treatment.apply(frame.get(field.place))) };
    };
    if (!isOutermost) scope.defineLazily(name, make);
    else if (!isTargetUsage(element)) {
      const field = make();
      scope.define(name, field);
      checked.push(field.place);
    }
  }
  return checked;
}
