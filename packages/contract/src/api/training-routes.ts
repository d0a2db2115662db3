import { Type } from '../type.ts';
import { ArtifactFormat } from '../artifact.ts';
import { Approval, Lineage, LineageGraph, ModelVersion } from '../model.ts';
import { Digest, FieldName, ModelName, Name } from '../names.ts';
import { ModelSignature } from '../signature.ts';
import { Body, Page, PageQuery, route } from './route.ts';

const model = Body({ model: ModelName });
const modelVersion = Body({ model: ModelName, version: Type.Integer({ minimum: 1 }) });
const alias = Body({ model: ModelName, alias: Name });

export const ModelSummary = Type.Object({
  name: ModelName,
  /** A page for people: intended use, data, limits. Markdown. */
  description: Type.String(),
  tags: Type.Record(Type.String(), Type.String()),
  createdAtMs: Type.Number(),
  updatedAtMs: Type.Number(),
  versions: Type.Integer(),
  latest: Type.Union([ModelVersion, Type.Null()]),
  aliases: Type.Record(Type.String(), Type.Integer()),
});

export const trainingRoutes = {
  listModels: route({
    method: 'GET',
    path: '/api/models',
    summary: 'Registered models',
    access: 'viewer',
    response: Page(ModelSummary),
  }),
  getModel: route({
    method: 'GET',
    path: '/api/models/{model}',
    summary: 'One registered model',
    access: 'viewer',
    params: model,
    response: ModelSummary,
  }),
  listModelVersions: route({
    method: 'GET',
    path: '/api/models/{model}/versions',
    summary: 'Versions, newest first',
    access: 'viewer',
    params: model,
    query: PageQuery({}),
    response: Page(ModelVersion),
  }),
  getModelVersion: route({
    method: 'GET',
    path: '/api/models/{model}/versions/{version}',
    summary: 'One version with lineage',
    access: 'viewer',
    params: modelVersion,
    response: ModelVersion,
  }),
  getModelLineage: route({
    method: 'GET',
    path: '/api/models/{model}/versions/{version}/lineage',
    summary: 'What a version came from and which endpoints answer with it, as a graph',
    access: 'viewer',
    params: modelVersion,
    response: LineageGraph,
  }),
  describeModel: route({
    method: 'PUT',
    path: '/api/models/{model}/description',
    summary: 'Write the model card: intended use, data, metrics, limits (Markdown)',
    access: 'member',
    params: model,
    body: Body({ description: Type.String({ maxLength: 100_000 }) }),
    response: Type.Object({}),
  }),
  createModelVersion: route({
    method: 'POST',
    path: '/api/models/{model}/versions',
    summary: 'Register a version of a stored artifact',
    access: 'member',
    params: model,
    body: Body({
      artifactDigest: Digest,
      /** Default `onnx`. The files of a bundle and its `MLmodel` must be stored. */
      artifactFormat: Type.Optional(ArtifactFormat),
      /** May be left out for a bundle whose `MLmodel` names its columns, and where the model takes named tensors. */
      features: Type.Optional(Type.Array(FieldName, { minItems: 1 })),
      /** Named tensors that it takes and gives, where its files do not tell them. */
      signature: Type.Optional(ModelSignature),
      metrics: Type.Record(Type.String(), Type.Number()),
      lineage: Lineage,
      description: Type.Optional(Type.String()),
      causeId: Type.Optional(Type.String()),
    }),
    response: ModelVersion,
  }),
  setAlias: route({
    method: 'PUT',
    path: '/api/models/{model}/aliases/{alias}',
    summary: 'Point an alias at a version',
    access: 'member',
    params: alias,
    body: Body({
      version: Type.Integer({ minimum: 1 }),
      reason: Type.Optional(Type.String()),
      causeId: Type.Optional(Type.String()),
    }),
    response: ModelVersion,
  }),
  deleteAlias: route({
    method: 'DELETE',
    path: '/api/models/{model}/aliases/{alias}',
    summary: 'Remove an alias',
    access: 'member',
    params: alias,
    response: Type.Object({}),
  }),
  createApproval: route({
    method: 'POST',
    path: '/api/models/{model}/versions/{version}/approvals',
    summary: 'Approve or reject a version, with the reason',
    access: 'maintainer',
    params: modelVersion,
    body: Body({
      verdict: Type.Enum(['approved', 'rejected']),
      reason: Type.String({ minLength: 1, maxLength: 2_000 }),
    }),
    response: Approval,
  }),
  listApprovals: route({
    method: 'GET',
    path: '/api/models/{model}/versions/{version}/approvals',
    summary: 'Who approved what, when, why',
    access: 'viewer',
    params: modelVersion,
    response: Page(Approval),
  }),
} as const;
