import type { Frame } from '../frame.ts';
import type { Field, Scope } from '../scope.ts';
import type { DataType, Value } from '../value.ts';
import type { XmlElement } from '../xml.ts';

/** What a model says of a row. Categories go by their text. */
export interface Prediction {
  /** The predicted number, or the text of the predicted category; null where there is none. */
  readonly value: string | number | null;
  /** By category, in the model's order. */
  readonly probabilities?: ReadonlyMap<string, number>;
  readonly confidences?: ReadonlyMap<string, number>;
  /** Distances or similarities by cluster. */
  readonly affinities?: ReadonlyMap<string, number>;
  /** The node, rule or cluster that decided. */
  readonly entityId?: string | null;
  /** What lowered a score most, first. */
  readonly reasonCodes?: readonly string[];
}

/** Null: the model has no answer. */
export type Scorer = (frame: Frame) => Prediction | null;

/** The field that a model predicts. */
export interface Target {
  readonly name: string;
  readonly dataType: DataType;
  readonly optype: Field['optype'];
  readonly categories: readonly Value[];
}

/** A field of a model's `Output`. */
export interface ModelOutput {
  readonly name: string;
  readonly field: Field;
  readonly isFinal: boolean;
  /** The category whose probability it tells. */
  readonly probabilityOf: string | null;
}

export interface CompiledModel {
  readonly target: Target | null;
  readonly isClassification: boolean;
  /** Names and places of the output fields, which `predict` sets. */
  readonly outputs: readonly ModelOutput[];
  readonly predict: Scorer;
}

/** What the compiler of one kind of model is given. */
export interface ModelContext {
  readonly element: XmlElement;
  /** The fields that the model may read, as its mining schema treats them. */
  readonly scope: Scope;
  readonly target: Target | null;
  readonly isClassification: boolean;
  /** Rounds to the precision that the model computes with. */
  readonly round: (value: number) => number;
  /** Takes what a model within this one puts out and is the whole's answer, too. */
  readonly putOut: (output: ModelOutput) => void;
  /** Compiles a model within this one, whose fields are those of `scope`. */
  readonly compileInner: (element: XmlElement, scope: Scope) => CompiledModel;
}

/** The category of the largest value, the first of equals. */
export function largest(values: ReadonlyMap<string, number>): string | null {
  let winner: string | null = null;
  let most = -Infinity;
  for (const [category, value] of values) {
    if (value > most || winner === null) [winner, most] = [category, value];
  }
  return winner;
}

/** Shares of the sum. */
export function normalised(values: ReadonlyMap<string, number>): Map<string, number> {
  let sum = 0;
  for (const value of values.values()) sum += value;
  return new Map([...values].map(([category, value]) => [category, value / sum]));
}
