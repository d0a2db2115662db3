import {
  Decision,
  fits,
  parseVariantId,
  type DecisionExplanation,
  type ModelVersion,
  type StoredEvent,
} from '@mulle/contract';
import type { RegistryService } from '#domains/registry/index.ts';
import type { ReleaseService } from '#domains/releases/index.ts';
import type { RulesService } from '#domains/rules/index.ts';
import { MulleError } from '#kernel/errors.ts';
import type { Handlers } from '../handler.ts';

export interface DecisionSources {
  /** The decision event of this id. */
  readonly find: (id: string) => Promise<StoredEvent | undefined>;
  readonly releases: Pick<ReleaseService, 'get'>;
  readonly models: Pick<RegistryService, 'getVersion'>;
  readonly rules: Pick<RulesService, 'get'>;
}

/** What is not there any more is left out: the decision itself is what is told. */
async function found<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (thrown) {
    if (thrown instanceof MulleError && thrown.code === 'not_found') return null;
    throw thrown;
  }
}

async function modelsOf(decision: Decision, { models }: DecisionSources): Promise<ModelVersion[]> {
  const ids = new Set([decision.servedVariant, decision.assignedVariant].filter((id) => id !== null));
  const versions: ModelVersion[] = [];
  for (const id of ids) {
    const at = parseVariantId(id);
    const version = at?.kind === 'model' && (await found(models.getVersion(at.name, at.version)));
    if (version) versions.push(version);
  }
  return versions;
}

async function rulesOf(decision: Decision, { rules }: DecisionSources): Promise<DecisionExplanation['rules']> {
  const explained: DecisionExplanation['rules'] = [];
  for (const firing of decision.rules ?? []) {
    const at = parseVariantId(firing.ruleSet);
    const version = at && (await found(rules.get(at.name, at.version)));
    const rule = version?.definition.rules.find(({ name }) => name === firing.rule);
    if (rule) explained.push({ ...firing, when: rule.when, explanation: rule.explanation });
  }
  return explained;
}

export function decisionsHandlers(sources: DecisionSources): Pick<Handlers, 'explainDecision'> {
  return {
    explainDecision: async ({ params: { id } }) => {
      const event = (await sources.find(id)) ?? (await sources.find(`${id}#0`));
      if (event === undefined || !fits(Decision, event.value)) {
        throw new MulleError(
          'not_found',
          `There is no decision '${id}'. It is the X-Request-ID of the answer, with #row where it had several rows.`,
        );
      }
      const decision = event.value;
      return {
        id: event.id,
        timeMs: event.timeMs,
        decision,
        release: decision.releaseId === null ? null : await found(sources.releases.get(decision.releaseId)),
        models: await modelsOf(decision, sources),
        rules: await rulesOf(decision, sources),
      };
    },
  };
}
