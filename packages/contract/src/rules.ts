import { Type, type Static } from './type.ts';
import { Digest, FieldName, LocalisedText, Name } from './names.ts';

/**
 * A CEL expression. It sees `input` (the caller's fields), `feature` (the model's, by name), `enriched` (what rules
 * before it have set) and, after a model, `score`. At most 2,000 characters.
 */
export const CelExpression = Type.String({ minLength: 1, maxLength: 2_000 });

const answer = {
  /** The answer's number, or an expression that computes it. */
  score: Type.Union([Type.Number(), CelExpression]),
  /** What the number means, for people and callers: `spam`. */
  label: Type.Optional(Type.String({ maxLength: 1_000 })),
};

/** What a rule does when it fires. */
export const RuleEffect = Type.Union([
  /** Answers, in place of the variants that would have been asked. */
  Type.Object({ kind: Type.Literal('decide'), ...answer }, { additionalProperties: false }),
  /** Sets values that later rules see, and features of the same name that the model is given. */
  Type.Object(
    { kind: Type.Literal('enrich'), set: Type.Record(FieldName, CelExpression) },
    { additionalProperties: false },
  ),
  /** Answers in place of the model that was asked; the model's own answer is kept beside it. */
  Type.Object({ kind: Type.Literal('override'), ...answer }, { additionalProperties: false }),
]);
export type RuleEffect = Static<typeof RuleEffect>;

export const Rule = Type.Object(
  {
    name: Name,
    /** When it fires: an expression that gives true or false. One that fails does not fire, and is counted. */
    when: CelExpression,
    /** Higher goes first; equal ones in the order of the list. Default 0. */
    priority: Type.Optional(Type.Integer({ minimum: -1_000_000, maximum: 1_000_000 })),
    effect: RuleEffect,
    /** Why the answer is what it is, for whoever it is about. */
    explanation: LocalisedText,
  },
  { additionalProperties: false },
);
export type Rule = Static<typeof Rule>;

const scalar = Type.Union([Type.Number(), Type.String(), Type.Boolean(), Type.Null()]);

/** What a rule set is shown: a row, as the request path or a test hands it over. */
export const RuleFacts = Type.Object(
  {
    input: Type.Record(Type.String(), scalar),
    feature: Type.Optional(Type.Record(Type.String(), Type.Union([Type.Number(), Type.Null()]))),
    /** The model's answer; only for rules after it. */
    score: Type.Optional(Type.Number()),
  },
  { additionalProperties: false },
);
export type RuleFacts = Static<typeof RuleFacts>;

/** A case that the rule set must decide as written, kept beside the rules. */
export const RuleTest = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 200 }),
    given: RuleFacts,
    expect: Type.Object(
      {
        /** The rule that answers; null: none does. */
        rule: Type.Union([Name, Type.Null()]),
        score: Type.Optional(Type.Number()),
        label: Type.Optional(Type.String()),
        enriched: Type.Optional(Type.Record(FieldName, scalar)),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);
export type RuleTest = Static<typeof RuleTest>;

export const RuleSetDefinition = Type.Object(
  {
    name: Name,
    description: Type.Optional(Type.String()),
    rules: Type.Array(Rule, { minItems: 1, maxItems: 1_000 }),
    tests: Type.Array(RuleTest, { maxItems: 1_000 }),
  },
  { additionalProperties: false },
);
export type RuleSetDefinition = Static<typeof RuleSetDefinition>;

/** A rule set by name; without a version its newest published one. */
export const RuleSetReference = Type.Object(
  { ruleSet: Name, version: Type.Optional(Type.Integer({ minimum: 1 })) },
  { additionalProperties: false },
);
export type RuleSetReference = Static<typeof RuleSetReference>;

/**
 * What is wrong with a rule set. `invalid` and `test` refuse it; a `dead` rule can never answer, two in `conflict` have
 * the same priority, may both fire and say different things.
 */
export const RuleProblem = Type.Object({
  kind: Type.Enum(['invalid', 'test', 'dead', 'conflict']),
  /** The rule, or the test. */
  name: Type.String(),
  message: LocalisedText,
});
export type RuleProblem = Static<typeof RuleProblem>;

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);

/** How a rule set that was learned compares with the model that it was learned from, on rows that neither was made of. */
export const Distillation = Type.Object({
  model: Name,
  version: Type.Integer({ minimum: 1 }),
  rows: Type.Integer({ minimum: 0 }),
  /** Share of the variance of the model's answers that the rules explain: 1 is the model itself. */
  rSquared: Type.Number(),
  /** Share of rows on which both fall on the same side of `threshold`. */
  agreement: Type.Number(),
  threshold: Type.Number(),
  depth: Type.Integer({ minimum: 1 }),
});
export type Distillation = Static<typeof Distillation>;

/** Immutable: the digest is the SHA-256 of the definition's `canonicalJson`. Only a published version is served. */
export const RuleSetVersion = Type.Object({
  ruleSet: Name,
  version: Type.Integer({ minimum: 1 }),
  digest: Digest,
  definition: RuleSetDefinition,
  state: Type.Enum(['draft', 'published']),
  /** Warnings: what refuses a rule set never becomes a version. */
  problems: Type.Array(RuleProblem),
  /** Set where it was learned from a model. */
  distilledFrom: nullable(Distillation),
  actor: Type.String(),
  reason: Type.String(),
  createdAtMs: Type.Number(),
  publishedAtMs: nullable(Type.Number()),
});
export type RuleSetVersion = Static<typeof RuleSetVersion>;

/** Where on the request path a rule set stood when it was asked. */
export const RuleStage = Type.Enum(['before', 'variant', 'after']);
export type RuleStage = Static<typeof RuleStage>;

/** A rule that fired, as a decision and an explained answer tell it. */
export const RuleFiring = Type.Object({
  stage: RuleStage,
  /** `variantId` of the rule set's version: `rules:spam@2`. */
  ruleSet: Type.String(),
  rule: Name,
  effect: Type.Enum(['decide', 'enrich', 'override']),
});
export type RuleFiring = Static<typeof RuleFiring>;

/** How often a rule of a version fired, folded from the decision log. */
export const RuleHits = Type.Object({
  rule: Name,
  /** Null: it never fired. */
  stage: nullable(RuleStage),
  hits: Type.Integer({ minimum: 0 }),
  lastAtMs: nullable(Type.Number()),
});
export type RuleHits = Static<typeof RuleHits>;
