/** Calls of MLflow's protocol about experiments. */
import type { Experiment, ExperimentClause, ExperimentSearch, ExperimentsService } from '#domains/experiments/index.ts';
import { comparedTime, mapFilter, parseFilter, type Filter, type FilterComparison } from '#platform/filters/index.ts';
import { call, repeated, type MlflowCall, type MlflowRequest } from './call.ts';
import { loggedKey } from './logged-key.ts';
import { doesNotExist, invalidParameter } from './mlflow-error.ts';
import { parseOrder } from './order-clause.ts';
import { readPosition, writePosition } from './page-token.ts';
import { maxResults, objectList, optionalText, text, textList, type Fields } from './request-fields.ts';
import { stageOf } from './view-type.ts';

const nameCharacters = 500;
const tagCharacters = 5_000;

function toMessage({ row, tags }: Experiment) {
  return {
    experiment_id: String(row.id),
    name: row.name,
    artifact_location: row.artifact_location,
    lifecycle_stage: row.lifecycle_stage,
    creation_time: row.created_at_ms,
    last_update_time: row.updated_at_ms,
    tags: repeated(Object.entries(tags).map(([key, value]) => ({ key, value }))),
  };
}

/** The number of an experiment's id; MLflow's clients hold ids as text. */
export function experimentId(fields: Fields): number {
  const given = text(fields, 'experiment_id');
  if (/^\d{1,15}$/.test(given)) return Number(given);
  throw invalidParameter(`Invalid experiment ID '${given}'. Experiment ID must be a valid integer.`);
}

/** Numbers of the experiments to look in; ids that none can have are passed over. */
export function experimentNumbers(fields: Fields): number[] {
  return textList(fields, 'experiment_ids')
    .filter((id) => /^\d{1,15}$/.test(id))
    .map(Number);
}

function experimentName(fields: Fields, field: string): string {
  const name = text(fields, field);
  if (name.trim() === '') throw invalidParameter(`Invalid value "${name}" for parameter '${field}' supplied.`);
  if (name.length <= nameCharacters) return name;
  throw invalidParameter(`'${field}' exceeds the maximum length of ${nameCharacters} characters`);
}

/** Tags as a list of key and value. */
export function tagsOf(fields: Fields, field = 'tags'): Record<string, string> {
  const tags = objectList(fields, field);
  return Object.fromEntries(tags.map((tag) => [loggedKey(tag), optionalText(tag, 'value') ?? '']));
}

const columns = {
  name: 'name',
  experiment_id: 'id',
  creation_time: 'created_at_ms',
  last_update_time: 'updated_at_ms',
} as const;

function columnOf(key: string) {
  const column = Object.entries(columns).find(([name]) => name === key.toLowerCase())?.[1];
  if (column !== undefined) return column;
  throw invalidParameter(
    `Invalid attribute key '${key}' specified. Valid keys are '${Object.keys(columns).join("', '")}'`,
  );
}

function toFilter({ entity, key, ...compared }: FilterComparison): Filter<ExperimentClause> {
  const { comparator, value } = compared;
  switch (entity?.toLowerCase()) {
    case 'tag':
    case 'tags':
      return { clause: { on: 'tag', key, ...compared } };
    case undefined:
    case 'attribute':
    case 'attributes': {
      const column = columnOf(key);
      if (value !== undefined && (column === 'created_at_ms' || column === 'updated_at_ms')) {
        return mapFilter(comparedTime(comparator, value), (time) => ({
          clause: { on: 'experiment', column, ...time },
        }));
      }
      return { clause: { on: 'experiment', column, ...compared } };
    }
    default:
      throw invalidParameter(`Invalid entity type '${entity}'. Valid entity types are ['attribute', 'tag']`);
  }
}

function searchOf(fields: Fields): ExperimentSearch {
  const stage = stageOf(fields, 'view_type');
  return {
    ...(stage === undefined ? {} : { stage }),
    filter: mapFilter(parseFilter(optionalText(fields, 'filter') ?? ''), toFilter),
    order: textList(fields, 'order_by').map((clause) => {
      const { key, descending } = parseOrder(clause);
      return { column: columnOf(key), descending };
    }),
  };
}

export function experimentCalls(experiments: ExperimentsService): readonly MlflowCall[] {
  const search = async ({ fields }: MlflowRequest) => {
    const count = maxResults(fields, 1_000, 50_000);
    const page = await experiments.search(searchOf(fields), readPosition(optionalText(fields, 'page_token')), count);
    return {
      experiments: repeated(page.experiments.map(toMessage)),
      next_page_token: page.next && writePosition(page.next),
    };
  };
  return [
    call('POST', 'experiments/create', 'member', async ({ actor, fields }) => {
      const location = optionalText(fields, 'artifact_location');
      const { row } = await experiments.create(actor, {
        name: experimentName(fields, 'name'),
        artifactLocation: location === '' ? undefined : location,
        tags: tagsOf(fields),
      });
      return { experiment_id: String(row.id) };
    }),
    call('GET', 'experiments/get', 'viewer', async ({ fields }) => ({
      experiment: toMessage(await experiments.get(experimentId(fields))),
    })),
    call('GET', 'experiments/get-by-name', 'viewer', async ({ fields }) => {
      const name = text(fields, 'experiment_name');
      const found = await experiments.find({ name });
      if (found) return { experiment: toMessage(found) };
      throw doesNotExist(`Could not find experiment with name '${name}'`);
    }),
    call('POST', 'experiments/search', 'viewer', search),
    call('GET', 'experiments/search', 'viewer', search),
    call('POST', 'experiments/update', 'member', async ({ actor, fields }) => {
      const id = experimentId(fields);
      await experiments.rename(actor, id, experimentName(fields, 'new_name'));
      return {};
    }),
    call('POST', 'experiments/delete', 'member', async ({ actor, fields }) => {
      await experiments.setStage(actor, experimentId(fields), 'deleted');
      return {};
    }),
    call('POST', 'experiments/restore', 'member', async ({ actor, fields }) => {
      await experiments.setStage(actor, experimentId(fields), 'active');
      return {};
    }),
    call('POST', 'experiments/set-experiment-tag', 'member', async ({ actor, fields }) => {
      const value = optionalText(fields, 'value') ?? '';
      if (value.length > tagCharacters) {
        throw invalidParameter(`'value' exceeds the maximum length of ${tagCharacters} characters`);
      }
      await experiments.setTag(actor, experimentId(fields), loggedKey(fields), value);
      return {};
    }),
    call('POST', 'experiments/delete-experiment-tag', 'member', async ({ actor, fields }) => {
      await experiments.deleteTag(actor, experimentId(fields), text(fields, 'key'));
      return {};
    }),
  ];
}
