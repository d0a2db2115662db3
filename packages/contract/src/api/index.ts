import { batchRoutes } from './batch-routes.ts';
import { experimentRoutes } from './experiment-routes.ts';
import { importRoutes } from './import-routes.ts';
import { internalRoutes } from './internal-routes.ts';
import { kpiRoutes } from './kpi-routes.ts';
import { pipelineRoutes } from './pipeline-routes.ts';
import { platformRoutes } from './platform-routes.ts';
import { projectRoutes } from './project-routes.ts';
import { ruleRoutes } from './rule-routes.ts';
import { promptRoutes } from './prompt-routes.ts';
import { servingRoutes } from './serving-routes.ts';
import { traceRoutes } from './trace-routes.ts';
import { trainingRoutes } from './training-routes.ts';

export * from './batch-routes.ts';
export * from './experiment-routes.ts';
export * from './import-routes.ts';
export * from './internal-routes.ts';
export * from './kpi-routes.ts';
export * from './pipeline-routes.ts';
export * from './platform-routes.ts';
export * from './project-routes.ts';
export * from './prompt-routes.ts';
export * from './route.ts';
export * from './rule-routes.ts';
export * from './serving-routes.ts';
export * from './trace-routes.ts';
export * from './training-routes.ts';

/** The control API: name → route. */
export const apiRoutes = {
  ...platformRoutes,
  ...projectRoutes,
  ...experimentRoutes,
  ...importRoutes,
  ...trainingRoutes,
  ...servingRoutes,
  ...batchRoutes,
  ...ruleRoutes,
  ...kpiRoutes,
  ...pipelineRoutes,
  ...traceRoutes,
  ...promptRoutes,
  ...internalRoutes,
} as const;
export type ApiRoutes = typeof apiRoutes;
export type RouteName = keyof ApiRoutes;
