import type { AdviceAnswer } from '@mulle/contract';
import type { DatasetsService } from '#domains/datasets/index.ts';
import type { MonitorService } from '#domains/monitors/index.ts';
import type { ReleaseService } from '#domains/releases/index.ts';
import { adviseRulesOrModel, type AdviceFacts, type RulesService } from '#domains/rules/index.ts';
import type { Handlers } from '../handler.ts';

type RulesHandlers = Pick<
  Handlers,
  | 'listRuleSets'
  | 'listRuleSetVersions'
  | 'getRuleSetVersion'
  | 'getRuleHits'
  | 'checkRuleSet'
  | 'createRuleSetVersion'
  | 'publishRuleSetVersion'
  | 'adviseRulesOrModel'
>;

export interface AdviceSources {
  readonly releases: Pick<ReleaseService, 'summary'>;
  readonly datasets: Pick<DatasetsService, 'listDatasets'>;
  readonly monitors: Pick<MonitorService, 'findings'>;
}

/** What the data of an endpoint says of the questions that nobody answered. */
async function readFacts(endpoint: string, { releases, datasets, monitors }: AdviceSources): Promise<AdviceFacts> {
  const { definition } = await releases.summary(endpoint);
  const inputs = new Set(definition.inputs.map(({ name }) => name));
  const fromData = new Set<AdviceAnswer['question']>();
  const rows = (await datasets.listDatasets())
    .filter(({ definition: { fields } }) => fields.some(({ name }) => inputs.has(name)))
    .map(({ latest }) => latest?.rows ?? 0);
  if (rows.length > 0) fromData.add('enough-data');
  const { items } = await monitors.findings({ endpoint, limit: 100 });
  const drifted = items.some(({ kind }) => kind.endsWith('-drift'));
  if (drifted) fromData.add('must-adapt');
  return {
    endpoint,
    fromData,
    ...(rows.length === 0 ? {} : { labelledRows: Math.max(...rows) }),
    ...(drifted ? { mustAdapt: true } : {}),
  };
}

export function rulesHandlers(rules: RulesService, sources: AdviceSources): RulesHandlers {
  return {
    listRuleSets: async () => ({ items: await rules.list() }),
    listRuleSetVersions: ({ params, query }) => rules.listVersions(params.name, query),
    getRuleSetVersion: ({ params }) => rules.get(params.name, params.version),
    getRuleHits: async ({ params }) => ({ items: await rules.hits(params.name, params.version) }),
    checkRuleSet: async ({ body }) => {
      const { problems, tests } = await rules.report(body);
      return { problems, tests: [...tests] };
    },
    createRuleSetVersion: ({ params, body, actor }) => rules.create(params.name, body, actor),
    publishRuleSetVersion: ({ params, body, actor }) => rules.publish(params.name, params.version, body.reason, actor),
    adviseRulesOrModel: async ({ body: { endpoint, ...given } }) => {
      const known: AdviceFacts =
        endpoint === undefined ? { endpoint: null, fromData: new Set() } : await readFacts(endpoint, sources);
      return adviseRulesOrModel({ ...known, ...given });
    },
  };
}
