import { Type } from '../type.ts';
import { AppliedManifest, Manifest, PlanChange } from '../manifest.ts';
import { DatasetDefinition, DatasetPart, DatasetVersion } from '../dataset.ts';
import { FeatureService, FeatureView } from '../feature.ts';
import { Name } from '../names.ts';
import { Body, Page, PageQuery, route } from './route.ts';

const byName = Body({ name: Name });
const version = Type.Integer({ minimum: 1 });

export const Quarantine = Type.Object({
  dataset: Name,
  fromMs: Type.Number(),
  toMs: Type.Number(),
  reason: Type.String(),
  findingId: Type.Union([Type.String(), Type.Null()]),
  createdAtMs: Type.Number(),
});
export const DatasetSummary = Type.Object({
  definition: DatasetDefinition,
  latest: Type.Union([DatasetVersion, Type.Null()]),
});

export const projectRoutes = {
  planManifest: route({
    method: 'POST',
    path: '/api/manifest/plan',
    summary: 'What applying a manifest would change',
    access: 'viewer',
    body: Manifest,
    response: Type.Object({ changes: Type.Array(PlanChange) }),
  }),
  applyManifest: route({
    method: 'POST',
    path: '/api/manifest/apply',
    summary: 'Make a manifest so, as a recorded version',
    access: 'maintainer',
    body: Manifest,
    response: AppliedManifest,
  }),
  getManifest: route({
    method: 'GET',
    path: '/api/manifest',
    summary: 'The applied manifest',
    access: 'viewer',
    response: AppliedManifest,
  }),
  listManifests: route({
    method: 'GET',
    path: '/api/manifest/history',
    summary: 'Applied manifests, newest first',
    access: 'viewer',
    query: PageQuery({}),
    response: Page(Type.Omit(AppliedManifest, ['manifest'])),
  }),
  revertManifest: route({
    method: 'POST',
    path: '/api/manifest/revert',
    summary: 'Apply an earlier manifest again',
    access: 'maintainer',
    body: Body({ version }),
    response: AppliedManifest,
  }),

  listDatasets: route({
    method: 'GET',
    path: '/api/datasets',
    summary: 'Datasets with their latest version',
    access: 'viewer',
    response: Page(DatasetSummary),
  }),
  getDataset: route({
    method: 'GET',
    path: '/api/datasets/{name}',
    summary: 'One dataset',
    access: 'viewer',
    params: byName,
    response: DatasetSummary,
  }),
  listDatasetVersions: route({
    method: 'GET',
    path: '/api/datasets/{name}/versions',
    summary: 'Versions, newest first',
    access: 'viewer',
    params: byName,
    query: PageQuery({}),
    response: Page(Type.Omit(DatasetVersion, ['parts'])),
  }),
  getDatasetVersion: route({
    method: 'GET',
    path: '/api/datasets/{name}/versions/{version}',
    summary: 'One version with its parts',
    access: 'viewer',
    params: Body({ name: Name, version }),
    response: DatasetVersion,
  }),
  createDatasetVersion: route({
    method: 'POST',
    path: '/api/datasets/{name}/versions',
    summary: 'A new immutable version: the parts of its parent and these',
    access: 'member',
    params: byName,
    body: Body({
      parts: Type.Array(DatasetPart, { minItems: 1 }),
      parent: Type.Union([Type.Integer(), Type.Null()]),
      causeId: Type.Optional(Type.String()),
    }),
    response: DatasetVersion,
  }),
  diffDataset: route({
    method: 'GET',
    path: '/api/datasets/{name}/diff',
    summary: 'Parts that two versions do not share',
    access: 'viewer',
    params: byName,
    query: Body({ from: version, to: version }),
    response: Type.Object({ added: Type.Array(DatasetPart), removed: Type.Array(DatasetPart) }),
  }),
  quarantineWindow: route({
    method: 'POST',
    path: '/api/datasets/{name}/quarantine',
    summary: 'Keep a window of event time out of the dataset',
    access: 'member',
    params: byName,
    body: Body({
      fromMs: Type.Number(),
      toMs: Type.Number(),
      reason: Type.String(),
      findingId: Type.Optional(Type.String()),
      causeId: Type.Optional(Type.String()),
    }),
    response: Quarantine,
  }),
  listQuarantine: route({
    method: 'GET',
    path: '/api/datasets/{name}/quarantine',
    summary: 'Windows kept out',
    access: 'viewer',
    params: byName,
    response: Page(Quarantine),
  }),
  liftQuarantine: route({
    method: 'DELETE',
    path: '/api/datasets/{name}/quarantine/{fromMs}',
    summary: 'Let a window in again at the next ingest',
    access: 'member',
    params: Body({ name: Name, fromMs: Type.Number() }),
    response: Type.Object({}),
  }),

  listFeatureViews: route({
    method: 'GET',
    path: '/api/feature-views',
    summary: 'Feature views and who uses them',
    access: 'viewer',
    response: Page(Type.Object({ definition: FeatureView, usedBy: Type.Array(Name) })),
  }),
  listFeatureServices: route({
    method: 'GET',
    path: '/api/feature-services',
    summary: 'Feature services and the endpoints that use them',
    access: 'viewer',
    response: Page(Type.Object({ definition: FeatureService, usedBy: Type.Array(Name) })),
  }),
} as const;
