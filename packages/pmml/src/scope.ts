import type { Compute, Layout } from './frame.ts';
import { PmmlError } from './pmml-error.ts';
import type { DataType, Optype, Value } from './value.ts';
import type { XmlElement } from './xml.ts';

/** A named value: where it is found, and what it can be. */
export interface Field {
  readonly place: number;
  readonly dataType: DataType;
  readonly optype: Optype;
  /** The declared categories, in order; empty where none are. */
  readonly categories: readonly Value[];
}

/** What an expression gives, and how. */
export interface Expression {
  readonly dataType: DataType;
  readonly compute: Compute;
}

/** Names and what they stand for, the inner before the outer. Fields are made when they are first asked for. */
export class Scope {
  readonly layout: Layout;
  readonly #outer: Scope | null;
  readonly #functions: ReadonlyMap<string, XmlElement>;
  readonly #fields = new Map<string, Field>();
  readonly #makers = new Map<string, () => Field>();

  constructor(layout: Layout, outer: Scope | null, functions?: ReadonlyMap<string, XmlElement>) {
    this.layout = layout;
    this.#outer = outer;
    this.#functions = functions ?? outer?.functions ?? new Map();
  }

  get functions(): ReadonlyMap<string, XmlElement> {
    return this.#functions;
  }

  define(name: string, field: Field): void {
    this.#fields.set(name, field);
  }

  defineLazily(name: string, make: () => Field): void {
    this.#makers.set(name, make);
  }

  /** A field that is computed. */
  defineComputed(name: string, compute: Compute, type: Omit<Field, 'place'>): void {
    this.define(name, { place: this.layout.add(compute), ...type });
  }

  find(name: string): Field | undefined {
    const known = this.#fields.get(name);
    if (known !== undefined) return known;
    const make = this.#makers.get(name);
    if (make === undefined) return this.#outer?.find(name);
    // While it is made its name means the outer field, if any: a field that needs itself is none.
    this.#makers.delete(name);
    const field = make();
    this.#fields.set(name, field);
    return field;
  }

  resolve(name: string): Field {
    const field = this.find(name);
    if (field === undefined) throw new PmmlError(`There is no field "${name}", or it is computed from itself.`);
    return field;
  }
}
