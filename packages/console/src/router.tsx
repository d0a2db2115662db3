import { createRootRoute, createRoute, createRouter, type SearchMiddleware } from '@tanstack/react-router';
import { DatasetsPage } from './pages/data/datasets-page.tsx';
import { DatasetPage } from './pages/data/dataset-page.tsx';
import { FeaturesPage } from './pages/features/features-page.tsx';
import { ComparePage } from './pages/experiments/compare-page.tsx';
import { ExperimentsPage } from './pages/experiments/experiments-page.tsx';
import { RunPage } from './pages/experiments/run-page.tsx';
import { ModelsPage } from './pages/models/models-page.tsx';
import { ModelPage } from './pages/models/model-page.tsx';
import { VersionPage } from './pages/models/version-page.tsx';
import { EndpointsPage } from './pages/endpoints/endpoints-page.tsx';
import { EndpointPage } from './pages/endpoints/endpoint-page.tsx';
import { ReleasesPage } from './pages/releases/releases-page.tsx';
import { planFields } from './pages/releases/plan-test.ts';
import { PlanPage } from './pages/releases/plan-page.tsx';
import { ReleasePage } from './pages/releases/release-page.tsx';
import { MonitorsPage } from './pages/monitors/monitors-page.tsx';
import { MonitorPage } from './pages/monitors/monitor-page.tsx';
import { PipelinesPage } from './pages/pipelines/pipelines-page.tsx';
import { PipelineRunPage } from './pages/pipelines/pipeline-run-page.tsx';
import { PromptPage } from './pages/prompts/prompt-page.tsx';
import { PromptsPage } from './pages/prompts/prompts-page.tsx';
import { EditRuleSetPage, NewRuleSetPage } from './pages/rules/rule-editor-page.tsx';
import { RuleSetPage } from './pages/rules/rule-set-page.tsx';
import { RuleSetsPage } from './pages/rules/rule-sets-page.tsx';
import { SettingsPage } from './pages/settings/settings-page.tsx';
import { TracePage } from './pages/traces/trace-page.tsx';
import { TracesPage } from './pages/traces/traces-page.tsx';
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

/** The range of time goes along from page to page, unless a link says otherwise. */
const keepRange: SearchMiddleware<{ range?: string | undefined }> = ({ search: { range }, next, search }) => {
  const result = next(search);
  return range === undefined || 'range' in result ? result : { ...result, range };
};

/** Tables keep their own texts (`q`, `sort`, `columns`) beside what is named here. */
const root = createRootRoute({
  component: Shell,
  notFoundComponent: NotFound,
  validateSearch: texts('range'),
  search: { middlewares: [keepRange] },
});
const parent = { getParentRoute: () => root } as const;

const routes = [
  createRoute({ ...parent, path: '/', component: WheelPage, validateSearch: texts('turn') }),
  createRoute({
    ...parent,
    path: '/data',
    component: DatasetsPage,
  }),
  createRoute({
    ...parent,
    path: '/data/$name',
    component: DatasetPage,
  }),
  createRoute({
    ...parent,
    path: '/features',
    component: FeaturesPage,
  }),
  createRoute({
    ...parent,
    path: '/experiments',
    component: ExperimentsPage,
    validateSearch: texts('experiment', 'compare', 'show', 'best'),
  }),
  createRoute({ ...parent, path: '/compare', component: ComparePage, validateSearch: texts('runs', 'axis', 'smooth') }),
  createRoute({
    ...parent,
    path: '/runs/$id',
    component: RunPage,
    validateSearch: texts('axis', 'smooth', 'path', 'file', 'do'),
  }),
  createRoute({
    ...parent,
    path: '/models',
    component: ModelsPage,
  }),
  createRoute({
    ...parent,
    path: '/models/$model',
    component: ModelPage,
  }),
  createRoute({
    ...parent,
    path: '/models/$model/versions/$version',
    component: VersionPage,
  }),
  createRoute({
    ...parent,
    path: '/endpoints',
    component: EndpointsPage,
  }),
  createRoute({
    ...parent,
    path: '/endpoints/$name',
    component: EndpointPage,
    validateSearch: texts('do', 'model', 'version'),
  }),
  createRoute({
    ...parent,
    path: '/releases',
    component: ReleasesPage,
    validateSearch: texts('endpoint', 'state'),
  }),
  createRoute({
    ...parent,
    path: '/releases/plan',
    component: PlanPage,
    validateSearch: texts(...planFields),
  }),
  createRoute({
    ...parent,
    path: '/releases/$id',
    component: ReleasePage,
    validateSearch: texts('do'),
  }),
  createRoute({ ...parent, path: '/rules', component: RuleSetsPage }),
  createRoute({ ...parent, path: '/rules/new', component: NewRuleSetPage }),
  createRoute({ ...parent, path: '/rules/$name', component: RuleSetPage, validateSearch: texts('version', 'do') }),
  createRoute({ ...parent, path: '/rules/$name/edit', component: EditRuleSetPage, validateSearch: texts('version') }),
  createRoute({
    ...parent,
    path: '/monitors',
    component: MonitorsPage,
    validateSearch: texts('severity', 'monitor', 'finding'),
  }),
  createRoute({
    ...parent,
    path: '/monitors/$name',
    component: MonitorPage,
    validateSearch: texts('finding'),
  }),
  createRoute({
    ...parent,
    path: '/pipelines',
    component: PipelinesPage,
    validateSearch: texts('pipeline', 'do'),
  }),
  createRoute({
    ...parent,
    path: '/pipeline-runs/$id',
    component: PipelineRunPage,
    validateSearch: texts('task', 'level', 'q', 'do'),
  }),
  createRoute({ ...parent, path: '/prompts', component: PromptsPage }),
  createRoute({
    ...parent,
    path: '/prompts/$name',
    component: PromptPage,
    validateSearch: texts('version', 'against'),
  }),
  createRoute({ ...parent, path: '/traces', component: TracesPage, validateSearch: texts('show', 'q') }),
  createRoute({ ...parent, path: '/traces/$id', component: TracePage, validateSearch: texts('span') }),
  createRoute({
    ...parent,
    path: '/settings',
    component: SettingsPage,
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
