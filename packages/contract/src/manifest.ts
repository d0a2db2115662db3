import { Type, type Static } from './type.ts';
import { DatasetDefinition, Source } from './dataset.ts';
import { EndpointDefinition } from './endpoint.ts';
import { FeatureService, FeatureView } from './feature.ts';
import { KpiDefinition } from './kpi.ts';
import { ModelDefinition } from './model.ts';
import { MonitorDefinition } from './monitor.ts';
import { Name } from './names.ts';
import { PipelineDefinition, TriggerDefinition } from './pipeline.ts';
import { RuleSetDefinition } from './rules.ts';

/** What a project file compiles to; any language may emit it. Unknown keys are rejected. */
export const Manifest = Type.Object(
  {
    schemaVersion: Type.Literal(1),
    project: Name,
    sources: Type.Array(Source),
    datasets: Type.Array(DatasetDefinition),
    featureViews: Type.Array(FeatureView),
    featureServices: Type.Array(FeatureService),
    endpoints: Type.Array(EndpointDefinition),
    pipelines: Type.Array(PipelineDefinition),
    triggers: Type.Array(TriggerDefinition),
    monitors: Type.Array(MonitorDefinition),
    models: Type.Optional(Type.Array(ModelDefinition)),
    ruleSets: Type.Optional(Type.Array(RuleSetDefinition)),
    kpis: Type.Optional(Type.Array(KpiDefinition)),
  },
  { additionalProperties: false },
);
export type Manifest = Static<typeof Manifest>;

/** The collections of a manifest, each of named definitions. */
export const manifestSections = [
  'sources',
  'datasets',
  'featureViews',
  'featureServices',
  'endpoints',
  'pipelines',
  'triggers',
  'monitors',
  'models',
  'ruleSets',
  'kpis',
] as const satisfies readonly (keyof Manifest)[];
export type ManifestSection = (typeof manifestSections)[number];

export const PlanChange = Type.Object({
  section: Type.Enum(manifestSections),
  name: Name,
  action: Type.Union([Type.Literal('create'), Type.Literal('update'), Type.Literal('delete')]),
});
export type PlanChange = Static<typeof PlanChange>;

/** A recorded apply: `digest` is the code version that runs and models carry in their lineage. */
export const AppliedManifest = Type.Object({
  version: Type.Integer({ minimum: 1 }),
  digest: Type.String(),
  manifest: Manifest,
  changes: Type.Array(PlanChange),
  actor: Type.String(),
  createdAtMs: Type.Number(),
});
export type AppliedManifest = Static<typeof AppliedManifest>;
