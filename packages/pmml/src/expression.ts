import type { Compute, Frame } from './frame.ts';
import { builtIns } from './functions.ts';
import { compileInterval } from './input-treatment.ts';
import { compileMapValues } from './map-values.ts';
import { compileNormContinuous } from './norm-continuous.ts';
import { PmmlError } from './pmml-error.ts';
import { Scope, type Expression } from './scope.ts';
import { castTo, dataTypeNamed, equalValues, literal, type DataType, type Value } from './value.ts';
import { attributeOf, childOf, childrenOf, requiredChild, wordAttribute, type XmlElement } from './xml.ts';

const maximumCallDepth = 100;

/** Casts to the type where the value fits it; throws where it does not. */
function converted(dataType: DataType, compute: Compute): Compute {
  const cast = castTo(dataType);
  return (frame) => {
    const value = compute(frame);
    const result = cast(value);
    if (result === undefined) throw new PmmlError(`${JSON.stringify(value)} is no value of the type ${dataType}.`);
    return result;
  };
}

/** What is in a `DerivedField`, an `OutputField` or a `DefineFunction`, as its declared type. */
export function compileTyped(element: XmlElement, scope: Scope, depth = 0): Expression {
  const inner = element.children.find(({ name }) => compilers.has(name));
  if (inner === undefined)
    throw new PmmlError(`${element.name} "${element.attributes['name'] ?? ''}" has no expression.`);
  const expression = compileExpression(inner, scope, depth);
  const dataType = dataTypeNamed(element.attributes['dataType'], expression.dataType);
  return { dataType, compute: converted(dataType, expression.compute) };
}

export function isExpression({ name }: XmlElement): boolean {
  return compilers.has(name);
}

export function compileExpression(element: XmlElement, scope: Scope, depth = 0): Expression {
  const compiler = compilers.get(element.name);
  if (compiler === undefined) throw new PmmlError(`The expression ${element.name} is not supported.`);
  return compiler(element, scope, depth);
}

function constantType(text: string): DataType {
  if (/^[+-]?\d+$/.test(text.trim())) return 'integer';
  return castTo('double')(text) === undefined ? 'string' : 'double';
}

function constant(element: XmlElement): Expression {
  const dataType = dataTypeNamed(element.attributes['dataType'], constantType(element.text));
  const value = element.attributes['missing'] === 'true' ? null : literal(element.text, dataType);
  return { dataType, compute: () => value };
}

function fieldReference(element: XmlElement, scope: Scope): Expression {
  const { place, dataType } = scope.resolve(attributeOf(element, 'field'));
  const mapped = element.attributes['mapMissingTo'];
  if (mapped === undefined) return { dataType, compute: (frame) => frame.get(place) };
  const substitute = literal(mapped, dataType);
  return { dataType, compute: (frame) => frame.get(place) ?? substitute };
}

function normDiscrete(element: XmlElement, scope: Scope): Expression {
  const { place, dataType } = scope.resolve(attributeOf(element, 'field'));
  const category = literal(attributeOf(element, 'value'), dataType);
  const mapped = element.attributes['mapMissingTo'];
  const missing = mapped === undefined ? null : literal(mapped, 'double');
  return {
    dataType: 'double',
    compute: (frame) => {
      const value = frame.get(place);
      return value === null ? missing : Number(equalValues(value, category));
    },
  };
}

function discretize(element: XmlElement, scope: Scope): Expression {
  const { place } = scope.resolve(attributeOf(element, 'field'));
  const dataType = dataTypeNamed(element.attributes['dataType'], 'string');
  const valueOf = (text: string | undefined): Value => (text === undefined ? null : literal(text, dataType));
  const bins = childrenOf(element, 'DiscretizeBin').map((bin) => ({
    within: compileInterval(requiredChild(bin, 'Interval')),
    value: valueOf(attributeOf(bin, 'binValue')),
  }));
  const [missing, other] = [valueOf(element.attributes['mapMissingTo']), valueOf(element.attributes['defaultValue'])];
  return {
    dataType,
    compute: (frame) => {
      const value = frame.get(place);
      if (value === null) return missing;
      const bin = bins.find(({ within }) => within(Number(value)));
      return bin === undefined ? other : bin.value;
    },
  };
}

function conditional(element: XmlElement, parts: readonly Expression[]): Expression {
  const [condition, then, otherwise] = parts;
  if (condition === undefined || then === undefined) throw new PmmlError('"if" needs a condition and a value.');
  return {
    dataType: then.dataType,
    compute: (frame) => {
      const truth = condition.compute(frame);
      if (truth === null) return null;
      return (truth === true || truth === 'true' ? then : otherwise)?.compute(frame) ?? null;
    },
  };
}

/** The body of a function with its parameters standing for the arguments: each is computed once a row. */
function userDefined(definition: XmlElement, parts: readonly Expression[], scope: Scope, depth: number): Expression {
  if (depth > maximumCallDepth) throw new PmmlError('Functions call each other without end.');
  const parameters = childrenOf(definition, 'ParameterField');
  if (parameters.length !== parts.length) {
    throw new PmmlError(`The function "${attributeOf(definition, 'name')}" takes ${parameters.length} arguments.`);
  }
  const inner = new Scope(scope.layout, scope);
  for (const [index, parameter] of parameters.entries()) {
    const part = parts[index];
    if (part === undefined) continue;
    const dataType = dataTypeNamed(parameter.attributes['dataType'], part.dataType);
    const optype = wordAttribute(parameter, 'optype', ['continuous', 'categorical', 'ordinal']);
    const name = attributeOf(parameter, 'name');
    inner.defineComputed(name, converted(dataType, part.compute), { dataType, optype, categories: [] });
  }
  return compileTyped(definition, inner, depth + 1);
}

function builtIn(name: string, parts: readonly Expression[]): Expression {
  const definition = builtIns.get(name);
  if (definition === undefined) throw new PmmlError(`The function "${name}" is not supported.`);
  const { typeOf, call, takesMissing = false } = definition;
  const dataType = typeOf(parts.map((part) => part.dataType));
  const computes = parts.map((part) => part.compute);
  const isSingle = dataType === 'float';
  return {
    dataType,
    compute: (frame) => {
      const values = computes.map((compute) => compute(frame));
      if (!takesMissing && values.includes(null)) return null;
      const result = call(values);
      return isSingle && typeof result === 'number' ? Math.fround(result) : result;
    },
  };
}

function apply(element: XmlElement, scope: Scope, depth: number): Expression {
  const name = attributeOf(element, 'function');
  const parts = element.children.filter(isExpression).map((child) => compileExpression(child, scope, depth));
  const definition = scope.functions.get(name);
  const called =
    definition !== undefined
      ? userDefined(definition, parts, scope, depth)
      : name === 'if'
        ? conditional(element, parts)
        : builtIn(name, parts);
  const valueOf = (attribute: string): Value => {
    const text = element.attributes[attribute];
    return text === undefined ? null : (castTo(called.dataType)(text) ?? text);
  };
  const [whenMissing, otherwise] = [valueOf('mapMissingTo'), valueOf('defaultValue')];
  const invalid = wordAttribute(element, 'invalidValueTreatment', ['returnInvalid', 'asIs', 'asMissing']);
  const compute = invalid === 'asMissing' ? missingOnError(called.compute) : called.compute;
  if (whenMissing === null && otherwise === null) return { dataType: called.dataType, compute };
  return {
    dataType: called.dataType,
    compute: (frame) => {
      if (whenMissing !== null && parts.some((part) => part.compute(frame) === null)) return whenMissing;
      return compute(frame) ?? otherwise;
    },
  };
}

function missingOnError(compute: Compute): Compute {
  return (frame: Frame) => {
    try {
      return compute(frame);
    } catch (thrown) {
      if (thrown instanceof PmmlError) return null;
      throw thrown;
    }
  };
}

type Compiler = (element: XmlElement, scope: Scope, depth: number) => Expression;

const compilers: ReadonlyMap<string, Compiler> = new Map<string, Compiler>([
  ['Constant', constant],
  ['FieldRef', fieldReference],
  ['NormContinuous', compileNormContinuous],
  ['NormDiscrete', normDiscrete],
  ['Discretize', discretize],
  ['MapValues', compileMapValues],
  ['Apply', apply],
]);

/** The fields that a dictionary of transformations derives, each made when it is first asked for. */
export function defineDerivedFields(dictionary: XmlElement | undefined, scope: Scope): void {
  for (const element of dictionary === undefined ? [] : childrenOf(dictionary, 'DerivedField')) {
    const name = attributeOf(element, 'name');
    scope.defineLazily(name, () => {
      const { dataType, compute } = compileTyped(element, scope);
      const values = childrenOf(element, 'Value').map((value) => literal(attributeOf(value, 'value'), dataType));
      return {
        place: scope.layout.add(compute),
        dataType,
        optype: wordAttribute(element, 'optype', ['continuous', 'categorical', 'ordinal']),
        categories: values,
      };
    });
  }
}

/** The functions that a document defines, by name. */
export function definedFunctions(root: XmlElement): ReadonlyMap<string, XmlElement> {
  const dictionary = childOf(root, 'TransformationDictionary');
  const functions = dictionary === undefined ? [] : childrenOf(dictionary, 'DefineFunction');
  return new Map(functions.map((element) => [attributeOf(element, 'name'), element]));
}
