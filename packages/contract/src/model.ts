import { Type, type Static } from './type.ts';
import { ArtifactFormat } from './artifact.ts';
import { Digest, FieldName, ModelName, Name } from './names.ts';
import { ModelSignature } from './signature.ts';

const nullableString = Type.Union([Type.String(), Type.Null()]);

/** What a version was made from; every id resolves in Mulle. */
export const Lineage = Type.Object({
  runId: nullableString,
  datasetVersion: Type.Union([Type.Object({ dataset: Name, version: Type.Integer(), id: Digest }), Type.Null()]),
  featureService: nullableString,
  /** Digest of the project bundle (the applied manifest) that the code came from. */
  codeDigest: nullableString,
  /** Blob with a sample of what it was trained on: the reference of drift while it answers. */
  profileDigest: Type.Optional(Digest),
  parameters: Type.Record(Type.String(), Type.Unknown()),
  seed: Type.Union([Type.Integer(), Type.Null()]),
  environment: Type.Record(Type.String(), Type.String()),
});
export type Lineage = Static<typeof Lineage>;

/** Of what was made elsewhere: nothing is known of it. */
export const noLineage: Lineage = {
  runId: null,
  datasetVersion: null,
  featureService: null,
  codeDigest: null,
  parameters: {},
  seed: null,
  environment: {},
};

/** Stages of MLflow. What is in Staging, Production or Archived has an alias of that name on its newest version. */
export const ModelStage = Type.Enum(['None', 'Staging', 'Production', 'Archived']);
export type ModelStage = Static<typeof ModelStage>;

export const ModelVersion = Type.Object({
  model: ModelName,
  version: Type.Integer({ minimum: 1 }),
  /** `bytes`: of the whole, with all files of a bundle. */
  artifact: Type.Object({ digest: Digest, bytes: Type.Integer(), format: ArtifactFormat }),
  /** What made a bundle, as MLflow names it: `sklearn`, `xgboost`, `python_function`, …; null for ONNX. */
  flavor: nullableString,
  /** Names of the columns that the model is given, in order; empty where it takes other things than numbers of a row. */
  features: Type.Array(FieldName),
  /** Its named tensors, as its files or whoever registered it tell them; null where nobody does. */
  signature: Type.Union([ModelSignature, Type.Null()]),
  metrics: Type.Record(Type.String(), Type.Number()),
  lineage: Lineage,
  aliases: Type.Array(Type.String()),
  stage: ModelStage,
  tags: Type.Record(Type.String(), Type.String()),
  description: Type.String(),
  /** Where its files came from, as the client that registered it named it: `runs:/…`, `models:/…`, a URI. */
  source: nullableString,
  /** A page about the run that made it, kept elsewhere. */
  runLink: nullableString,
  causeId: nullableString,
  createdAtMs: Type.Number(),
  updatedAtMs: Type.Number(),
});
export type ModelVersion = Static<typeof ModelVersion>;

const checkName = Type.String({ minLength: 1, maxLength: 128 });

/** Something that a version must show before an alias moves to it; the refusal names it. */
export const VersionCheck = Type.Union([
  /** A metric of the version within bounds; a version without it fails. */
  Type.Object(
    {
      kind: Type.Literal('metric'),
      name: checkName,
      metric: Type.String(),
      atLeast: Type.Optional(Type.Number()),
      atMost: Type.Optional(Type.Number()),
    },
    { additionalProperties: false },
  ),
  /** A tag of the version with this value, as a validation job or a person sets it. */
  Type.Object(
    { kind: Type.Literal('tag'), name: checkName, tag: Type.String(), equals: Type.String() },
    { additionalProperties: false },
  ),
  /** The model has a card: a description. */
  Type.Object({ kind: Type.Literal('model-card'), name: checkName }, { additionalProperties: false }),
]);
export type VersionCheck = Static<typeof VersionCheck>;

/** What a version needs before one of these aliases may point at it. */
export const AliasPolicy = Type.Object(
  {
    /** Whatever their case: MLflow's stage `Production` and an alias `production` are one. */
    aliases: Type.Array(Name, { minItems: 1 }),
    /** The last verdict on the version must be `approved`. */
    approval: Type.Optional(Type.Boolean()),
    checks: Type.Optional(Type.Array(VersionCheck)),
  },
  { additionalProperties: false },
);
export type AliasPolicy = Static<typeof AliasPolicy>;

/** What a team asks of a model's versions; models without a definition ask nothing. */
export const ModelDefinition = Type.Object(
  { name: ModelName, policies: Type.Array(AliasPolicy) },
  { additionalProperties: false },
);
export type ModelDefinition = Static<typeof ModelDefinition>;

/** Dataset → run → version → endpoint: an edge leads from what was there before to what came of it. */
export const LineageGraph = Type.Object({
  nodes: Type.Array(
    Type.Object({
      /** Unique within the graph: kind and id. */
      id: Type.String(),
      kind: Type.Enum([
        'dataset-version',
        'logged-dataset',
        'run',
        'logged-model',
        'source',
        'model-version',
        'endpoint',
      ]),
      /** What the node's own page is found by: an id, `dataset@3`, `model@2`, an endpoint's name, a URI, a dataset's name. */
      subject: Type.String(),
    }),
  ),
  edges: Type.Array(Type.Object({ from: Type.String(), to: Type.String() })),
});
export type LineageGraph = Static<typeof LineageGraph>;

export const Approval = Type.Object({
  id: Type.String(),
  model: ModelName,
  version: Type.Integer(),
  verdict: Type.Union([Type.Literal('approved'), Type.Literal('rejected')]),
  actor: Type.String(),
  reason: Type.String(),
  createdAtMs: Type.Number(),
});
export type Approval = Static<typeof Approval>;
