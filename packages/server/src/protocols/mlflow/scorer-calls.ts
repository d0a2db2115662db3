/** Calls of MLflow's protocol about scorers. */
import type { ScorersService, ScorerVersion } from '#domains/evals/index.ts';
import { call, inVersion3, repeated, type MlflowCall } from './call.ts';
import { invalidParameter } from './mlflow-error.ts';
import { optionalInteger, optionalText, text, textList, type Fields } from './request-fields.ts';

function toMessage(scorer: ScorerVersion) {
  return {
    experiment_id: Number(scorer.experimentId),
    scorer_name: scorer.name,
    scorer_version: scorer.version,
    serialized_scorer: scorer.content,
    creation_time: scorer.createdAtMs,
    scorer_id: scorer.id,
  };
}

function serialized(fields: Fields): string {
  const given = text(fields, 'serialized_scorer');
  try {
    JSON.parse(given);
    return given;
  } catch {
    throw invalidParameter("Invalid value for parameter 'serialized_scorer' supplied: it is not JSON.");
  }
}

function experimentsOf(fields: Fields): string[] {
  const one = optionalText(fields, 'experiment_id');
  return [...(one ? [one] : []), ...textList(fields, 'experiment_ids')];
}

export function scorerCalls(scorers: ScorersService): readonly MlflowCall[] {
  const named = (fields: Fields) => [text(fields, 'experiment_id'), text(fields, 'name')] as const;
  return [
    call('POST', 'scorers/register', 'member', async ({ actor, fields }) => {
      const [experimentId, name] = named(fields);
      if (name.trim() === '') throw invalidParameter('Scorer name cannot be empty or contain only whitespace.');
      const { id, version, content, createdAtMs } = await scorers.register(
        actor,
        experimentId,
        name,
        serialized(fields),
      );
      return {
        version,
        scorer_id: id,
        experiment_id: experimentId,
        name,
        serialized_scorer: content,
        creation_time: createdAtMs,
      };
    }),
    call('GET', 'scorers/list', 'viewer', async ({ fields }) => ({
      scorers: repeated((await scorers.list(experimentsOf(fields))).map(toMessage)),
    })),
    call('GET', 'scorers/versions', 'viewer', async ({ fields }) => ({
      scorers: repeated((await scorers.listVersions(...named(fields))).map(toMessage)),
    })),
    call('GET', 'scorers/get', 'viewer', async ({ fields }) => ({
      scorer: toMessage(await scorers.get(...named(fields), optionalInteger(fields, 'version'))),
    })),
    // Traces are not scored as they arrive: no scorer has a configuration for it.
    call('GET', 'scorers/online-configs', 'viewer', async () => ({ configs: [] })),
    call('DELETE', 'scorers/delete', 'member', async ({ actor, fields }) => {
      await scorers.delete(actor, ...named(fields), optionalInteger(fields, 'version'));
      return {};
    }),
  ].map(inVersion3);
}
