import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { WheelPage } from './pages/wheel/wheel-page.tsx';
import { NotFound } from './shell/not-found.tsx';
import { Shell } from './shell/shell.tsx';

type Search = Record<string, unknown>;

/** A text of the address; the router reads bare numbers as numbers. */
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined;

/** Only the named texts of the address are state of a page; the rest is dropped. */
function texts<K extends string>(...names: K[]): (search: Search) => { [P in K]?: string | undefined } {
  return (search) => {
    const found: { [P in K]?: string | undefined } = {};
    for (const name of names) {
      const value = text(search[name]);
      if (value !== undefined) found[name] = value;
    }
    return found;
  };
}

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });
const parent = { getParentRoute: () => root } as const;

const routes = [
  createRoute({ ...parent, path: '/', component: WheelPage, validateSearch: texts('turn') }),
  createRoute({
    ...parent,
    path: '/data',
    component: lazyRouteComponent(() => import('./pages/data/datasets-page.tsx'), 'DatasetsPage'),
    validateSearch: texts('q'),
  }),
  createRoute({
    ...parent,
    path: '/data/$name',
    component: lazyRouteComponent(() => import('./pages/data/dataset-page.tsx'), 'DatasetPage'),
  }),
  createRoute({
    ...parent,
    path: '/features',
    component: lazyRouteComponent(() => import('./pages/features/features-page.tsx'), 'FeaturesPage'),
    validateSearch: texts('q'),
  }),
  createRoute({
    ...parent,
    path: '/experiments',
    component: lazyRouteComponent(() => import('./pages/experiments/experiments-page.tsx'), 'ExperimentsPage'),
    validateSearch: texts('experiment', 'q'),
  }),
  createRoute({
    ...parent,
    path: '/runs/$id',
    component: lazyRouteComponent(() => import('./pages/experiments/run-page.tsx'), 'RunPage'),
    validateSearch: texts('metric'),
  }),
  createRoute({
    ...parent,
    path: '/models',
    component: lazyRouteComponent(() => import('./pages/models/models-page.tsx'), 'ModelsPage'),
    validateSearch: texts('q'),
  }),
  createRoute({
    ...parent,
    path: '/models/$model',
    component: lazyRouteComponent(() => import('./pages/models/model-page.tsx'), 'ModelPage'),
    validateSearch: texts('q'),
  }),
  createRoute({
    ...parent,
    path: '/models/$model/versions/$version',
    component: lazyRouteComponent(() => import('./pages/models/version-page.tsx'), 'VersionPage'),
  }),
  createRoute({
    ...parent,
    path: '/endpoints',
    component: lazyRouteComponent(() => import('./pages/endpoints/endpoints-page.tsx'), 'EndpointsPage'),
    validateSearch: texts('q'),
  }),
  createRoute({
    ...parent,
    path: '/endpoints/$name',
    component: lazyRouteComponent(() => import('./pages/endpoints/endpoint-page.tsx'), 'EndpointPage'),
    validateSearch: texts('do', 'model', 'version'),
  }),
  createRoute({
    ...parent,
    path: '/releases',
    component: lazyRouteComponent(() => import('./pages/releases/releases-page.tsx'), 'ReleasesPage'),
    validateSearch: texts('endpoint', 'state'),
  }),
  createRoute({
    ...parent,
    path: '/releases/$id',
    component: lazyRouteComponent(() => import('./pages/releases/release-page.tsx'), 'ReleasePage'),
    validateSearch: texts('do'),
  }),
  createRoute({
    ...parent,
    path: '/monitors',
    component: lazyRouteComponent(() => import('./pages/monitors/monitors-page.tsx'), 'MonitorsPage'),
    validateSearch: texts('severity', 'monitor', 'finding'),
  }),
  createRoute({
    ...parent,
    path: '/monitors/$name',
    component: lazyRouteComponent(() => import('./pages/monitors/monitor-page.tsx'), 'MonitorPage'),
    validateSearch: texts('finding'),
  }),
  createRoute({
    ...parent,
    path: '/pipelines',
    component: lazyRouteComponent(() => import('./pages/pipelines/pipelines-page.tsx'), 'PipelinesPage'),
    validateSearch: texts('pipeline', 'do'),
  }),
  createRoute({
    ...parent,
    path: '/pipeline-runs/$id',
    component: lazyRouteComponent(() => import('./pages/pipelines/pipeline-run-page.tsx'), 'PipelineRunPage'),
    validateSearch: texts('task', 'level', 'q', 'do'),
  }),
  createRoute({
    ...parent,
    path: '/settings',
    component: lazyRouteComponent(() => import('./pages/settings/settings-page.tsx'), 'SettingsPage'),
    validateSearch: texts('do'),
  }),
] as const;

const routeTree = root.addChildren(routes);

export const router = createRouter({ routeTree, defaultPreload: 'intent', scrollRestoration: true });

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
