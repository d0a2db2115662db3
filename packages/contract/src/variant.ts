import { Type, type Static } from './type.ts';
import { ModelName, Name } from './names.ts';

const version = Type.Integer({ minimum: 1 });

/** Everything that can answer an endpoint. Closed: a new kind of answerer is a new member here. */
export const Variant = Type.Union([
  Type.Object({ kind: Type.Literal('model'), model: ModelName, version }, { additionalProperties: false }),
  Type.Object({ kind: Type.Literal('rules'), ruleSet: Name, version }, { additionalProperties: false }),
  Type.Object(
    { kind: Type.Literal('prompt'), prompt: Name, version, llm: Type.String() },
    { additionalProperties: false },
  ),
  Type.Object({ kind: Type.Literal('chain'), chain: Name, version }, { additionalProperties: false }),
]);
export type Variant = Static<typeof Variant>;

/** The id of a variant, the same wherever it appears: `flight-delay@3`. */
export function variantId(variant: Variant): string {
  switch (variant.kind) {
    case 'model':
      return `${variant.model}@${variant.version}`;
    case 'rules':
      return `rules:${variant.ruleSet}@${variant.version}`;
    case 'prompt':
      return `prompt:${variant.prompt}@${variant.version}:${variant.llm}`;
    case 'chain':
      return `chain:${variant.chain}@${variant.version}`;
  }
}

/** Name and version in the id of a model's or a rule set's version; null for other ids. */
export function parseVariantId(id: string): { kind: 'model' | 'rules'; name: string; version: number } | null {
  const [, rules, name, version] = /^(rules:)?([^:]+)@([0-9]+)$/.exec(id) ?? [];
  return name === undefined ? null : { kind: rules === undefined ? 'model' : 'rules', name, version: Number(version) };
}
