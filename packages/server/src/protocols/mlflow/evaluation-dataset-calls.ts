/** Calls of MLflow's protocol about evaluation datasets and their records. Objects travel as JSON text within the JSON. */
import type {
  EvaluationDataset,
  EvaluationDatasetClause,
  EvaluationDatasetsService,
  EvaluationRecord,
  RecordContent,
} from '#domains/evals/index.ts';
import { comparedTime, mapFilter, parseFilter, type Filter, type FilterComparison } from '#platform/filters/index.ts';
import { call, inVersion3, repeated, type MlflowCall, type MlflowRequest } from './call.ts';
import { invalidParameter } from './mlflow-error.ts';
import { parseOrder } from './order-clause.ts';
import { readPosition, writePosition } from './page-token.ts';
import { isFields, maxResults, optionalObject, optionalText, text, textList, type Fields } from './request-fields.ts';

const recordsOfPage = { usual: 1_000, most: 10_000 } as const;
const columns = {
  name: 'name',
  created_time: 'created_at_ms',
  last_update_time: 'updated_at_ms',
  created_by: 'created_by',
  last_updated_by: 'updated_by',
} as const;

function toMessage({ row, tags, experimentIds, records }: EvaluationDataset) {
  return {
    dataset_id: row.id,
    name: row.name,
    tags: JSON.stringify(tags),
    schema: row.schema ?? undefined,
    profile: records > 0 ? JSON.stringify({ num_records: records }) : undefined,
    digest: row.digest,
    created_time: row.created_at_ms,
    last_update_time: row.updated_at_ms,
    created_by: row.created_by ?? undefined,
    last_updated_by: row.updated_by ?? undefined,
    experiment_ids: repeated(experimentIds),
  };
}

function toRecordMessage({ row, content }: EvaluationRecord) {
  const type = content.source?.['source_type'];
  const data = content.source?.['source_data'];
  const sourceId = isFields(data) ? (data['trace_id'] ?? data['source_id']) : undefined;
  return {
    dataset_record_id: row.id,
    dataset_id: row.dataset_id,
    inputs: content.inputs,
    outputs: content.outputs,
    expectations: content.expectations,
    tags: content.tags,
    source: content.source,
    source_type: typeof type === 'string' ? type : undefined,
    source_id: typeof sourceId === 'string' ? sourceId : undefined,
    created_time: row.created_at_ms,
    last_update_time: row.updated_at_ms,
    created_by: row.created_by ?? undefined,
    last_updated_by: row.updated_by ?? undefined,
  };
}

function fromRecordMessage(value: unknown): RecordContent {
  if (!isFields(value)) throw invalidParameter('A dataset record must be an object with the field inputs.');
  const { outputs } = value;
  const [expectations, tags, source] = ['expectations', 'tags', 'source'].map((key) => optionalObject(value, key));
  return {
    inputs: optionalObject(value, 'inputs') ?? {},
    ...(outputs === undefined ? {} : { outputs }),
    ...(expectations && { expectations }),
    ...(tags && { tags }),
    ...(source && { source }),
  };
}

/** A field that holds JSON text. */
function json(fields: Fields, name: string): unknown {
  try {
    return JSON.parse(text(fields, name));
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    throw invalidParameter(`Invalid value for parameter '${name}' supplied: it is not JSON.`);
  }
}

function jsonTags(fields: Fields): Record<string, string | null> {
  const given = optionalText(fields, 'tags') ? json(fields, 'tags') : {};
  if (!isFields(given)) throw invalidParameter("Invalid value for parameter 'tags' supplied: it is not an object.");
  return Object.fromEntries(
    Object.entries(given).map(([key, value]) => [
      key,
      value === null || typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
}

function columnOf(key: string) {
  const column = Object.entries(columns).find(([name]) => name === key)?.[1];
  if (column !== undefined) return column;
  throw invalidParameter(
    `Invalid attribute key '${key}' specified. Valid keys are: ${Object.keys(columns).join(', ')}`,
  );
}

function toFilter({ entity, key, ...compared }: FilterComparison): Filter<EvaluationDatasetClause> {
  if (entity === 'tags' || entity === 'tag') return { clause: { on: 'tag', key, ...compared } };
  if (entity !== undefined) throw invalidParameter(`Invalid identifier token '${entity}' specified`);
  const column = columnOf(key);
  if (compared.value === undefined || (column !== 'created_at_ms' && column !== 'updated_at_ms')) {
    return { clause: { on: 'dataset', column, ...compared } };
  }
  return mapFilter(comparedTime(compared.comparator, compared.value), (time) => ({
    clause: { on: 'dataset', column, ...time },
  }));
}

const idOf = (request: MlflowRequest): string => request.params['dataset_id'] ?? '';

export function evaluationDatasetCalls(datasets: EvaluationDatasetsService): readonly MlflowCall[] {
  return [...datasetCalls(datasets), ...recordCalls(datasets)].map(inVersion3);
}

function datasetCalls(datasets: EvaluationDatasetsService): MlflowCall[] {
  const one = 'datasets/:dataset_id';
  const answered = async (dataset: Promise<EvaluationDataset>) => ({ dataset: toMessage(await dataset) });
  return [
    call('POST', 'datasets/create', 'member', ({ actor, fields }) => {
      const tags = Object.entries(jsonTags(fields)).filter((tag): tag is [string, string] => tag[1] !== null);
      return answered(
        datasets.create(actor, {
          name: text(fields, 'name'),
          tags: Object.fromEntries(tags),
          experimentIds: textList(fields, 'experiment_ids'),
        }),
      );
    }),
    ...(['GET', 'POST'] as const).map((method) =>
      call(method, 'datasets/search', 'viewer', async ({ fields }) => {
        const search = {
          experimentIds: textList(fields, 'experiment_ids'),
          filter: mapFilter(parseFilter(optionalText(fields, 'filter_string') ?? ''), toFilter),
          order: textList(fields, 'order_by').map((clause) => {
            const { key, descending } = parseOrder(clause);
            return { column: columnOf(key), descending };
          }),
        };
        const after = readPosition(optionalText(fields, 'page_token'));
        const page = await datasets.search(search, after, maxResults(fields, 1_000, 50_000));
        return {
          datasets: repeated(page.datasets.map(toMessage)),
          next_page_token: page.next && writePosition(page.next),
        };
      }),
    ),
    call('GET', one, 'viewer', (request) => answered(datasets.get(idOf(request)))),
    call('DELETE', one, 'member', async (request) => {
      await datasets.delete(request.actor, idOf(request));
      return {};
    }),
    call('PATCH', `${one}/tags`, 'member', (request) =>
      answered(datasets.setTags(idOf(request), jsonTags(request.fields))),
    ),
    call('DELETE', `${one}/tags/:key`, 'member', async (request) => {
      await datasets.deleteTag(idOf(request), request.params['key'] ?? '');
      return {};
    }),
    call('GET', `${one}/experiment-ids`, 'viewer', async (request) => ({
      experiment_ids: repeated((await datasets.get(idOf(request))).experimentIds),
    })),
    call('POST', `${one}/add-experiments`, 'member', (request) =>
      answered(datasets.addToExperiments(idOf(request), textList(request.fields, 'experiment_ids'))),
    ),
    call('POST', `${one}/remove-experiments`, 'member', (request) =>
      answered(datasets.removeFromExperiments(idOf(request), textList(request.fields, 'experiment_ids'))),
    ),
  ];
}

function recordCalls(datasets: EvaluationDatasetsService): MlflowCall[] {
  const path = 'datasets/:dataset_id/records';
  return [
    call('GET', path, 'viewer', async (request) => {
      const { fields } = request;
      const count = maxResults(fields, recordsOfPage.usual, recordsOfPage.most);
      const [atMs, id] = readPosition(optionalText(fields, 'page_token')) ?? [];
      const after = typeof atMs === 'number' && typeof id === 'string' ? { atMs, id } : undefined;
      const found = await datasets.records(idOf(request), after, count + 1);
      const page = found.slice(0, count);
      const last = found.length > count ? page.at(-1) : undefined;
      return {
        records: JSON.stringify(page.map(toRecordMessage)),
        next_page_token: last && writePosition([last.row.created_at_ms, last.row.id]),
      };
    }),
    call('POST', path, 'member', async (request) => {
      const given = json(request.fields, 'records');
      if (!Array.isArray(given))
        throw invalidParameter("Invalid value for parameter 'records' supplied: it is no list.");
      const { inserted, updated } = await datasets.upsertRecords(idOf(request), given.map(fromRecordMessage));
      return { inserted_count: inserted, updated_count: updated };
    }),
    call('DELETE', path, 'member', async (request) => ({
      deleted_count: await datasets.deleteRecords(idOf(request), textList(request.fields, 'dataset_record_ids')),
    })),
  ];
}
