import { Type, type Static } from '../type.ts';
import { LocalisedText, Name } from '../names.ts';
import { Distillation, RuleHits, RuleProblem, RuleSetDefinition, RuleSetVersion } from '../rules.ts';
import { Body, Page, PageQuery, route } from './route.ts';

const byName = Body({ name: Name });
const byVersion = Body({ name: Name, version: Type.Integer({ minimum: 1 }) });
const reason = Type.String({ minLength: 1, maxLength: 2_000 });

export const RuleSetSummary = Type.Object({
  name: Name,
  versions: Type.Integer({ minimum: 1 }),
  /** What endpoints that name no version use; null until one is published. */
  published: Type.Union([RuleSetVersion, Type.Null()]),
  /** The newest version, published or not. */
  newest: RuleSetVersion,
  /** Endpoints of the manifest that ask it before or after their variants. */
  usedBy: Type.Array(Type.Object({ endpoint: Name, stage: Type.Enum(['before', 'after']) })),
});
export type RuleSetSummary = Static<typeof RuleSetSummary>;

export const RuleSetReport = Type.Object({
  problems: Type.Array(RuleProblem),
  tests: Type.Array(Type.Object({ name: Type.String(), passed: Type.Boolean(), got: Type.String() })),
});
export type RuleSetReport = Static<typeof RuleSetReport>;

/** One of the five questions: what speaks for rules, what for a model, and from where the answer comes. */
export const AdviceAnswer = Type.Object({
  question: Type.Enum(['clear-rules', 'enough-data', 'must-explain', 'must-adapt', 'accuracy']),
  text: LocalisedText,
  /** What it speaks for. */
  speaksFor: Type.Enum(['rules', 'model', 'neither']),
  /** Answered by the asker, from the data at hand, or not at all. */
  from: Type.Enum(['given', 'data', 'unknown']),
});
export type AdviceAnswer = Static<typeof AdviceAnswer>;

export const Advice = Type.Object({
  endpoint: Type.Union([Name, Type.Null()]),
  advice: Type.Enum(['rules', 'rules-then-model', 'model-with-rules', 'model']),
  text: LocalisedText,
  answers: Type.Array(AdviceAnswer),
});
export type Advice = Static<typeof Advice>;

export const ruleRoutes = {
  listRuleSets: route({
    method: 'GET',
    path: '/api/rule-sets',
    summary: 'Rule sets with their published version',
    access: 'viewer',
    response: Page(RuleSetSummary),
  }),
  listRuleSetVersions: route({
    method: 'GET',
    path: '/api/rule-sets/{name}/versions',
    summary: 'Versions of a rule set, newest first',
    access: 'viewer',
    params: byName,
    query: PageQuery({}),
    response: Page(RuleSetVersion),
  }),
  getRuleSetVersion: route({
    method: 'GET',
    path: '/api/rule-sets/{name}/versions/{version}',
    summary: 'One version of a rule set',
    access: 'viewer',
    params: byVersion,
    response: RuleSetVersion,
  }),
  getRuleHits: route({
    method: 'GET',
    path: '/api/rule-sets/{name}/versions/{version}/hits',
    summary: 'How often each rule of a version fired',
    access: 'viewer',
    params: byVersion,
    response: Type.Object({ items: Type.Array(RuleHits) }),
  }),
  checkRuleSet: route({
    method: 'POST',
    path: '/api/rule-sets/check',
    summary: 'Run the tests of a rule set and look for dead and conflicting rules, without keeping anything',
    access: 'viewer',
    body: RuleSetDefinition,
    response: RuleSetReport,
  }),
  createRuleSetVersion: route({
    method: 'POST',
    path: '/api/rule-sets/{name}/versions',
    summary: 'Make a version, a draft unless it is published at once; the same content is the same version',
    access: 'member',
    params: byName,
    body: Body({
      definition: RuleSetDefinition,
      reason,
      publish: Type.Optional(Type.Boolean()),
      distilledFrom: Type.Optional(Distillation),
    }),
    response: RuleSetVersion,
  }),
  publishRuleSetVersion: route({
    method: 'POST',
    path: '/api/rule-sets/{name}/versions/{version}/publish',
    summary: 'Let endpoints that name no version use this one',
    access: 'maintainer',
    params: byVersion,
    body: Body({ reason }),
    response: RuleSetVersion,
  }),
  adviseRulesOrModel: route({
    method: 'POST',
    path: '/api/advice/rules-or-model',
    summary: 'Rules, a model or both: from the answers given, and from the data of an endpoint where it can',
    access: 'viewer',
    body: Body({
      endpoint: Type.Optional(Name),
      clearRules: Type.Optional(Type.Boolean()),
      labelledRows: Type.Optional(Type.Integer({ minimum: 0 })),
      mustExplain: Type.Optional(Type.Boolean()),
      mustAdapt: Type.Optional(Type.Boolean()),
      /** Whether a share of wrong answers that rules would make is too many. */
      needsAccuracy: Type.Optional(Type.Boolean()),
    }),
    response: Advice,
  }),
} as const;
