import { Decision, fits, parseVariantId } from '@mulle/contract';
import type { ModelAnswer } from '@mulle/decision/rules';
import type { Command } from 'commander';
import { MulleError } from '#kernel/errors.ts';
import { exportedEvents } from './exported-events.ts';
import { print, say } from './print.ts';
import { addClientOptions, openSession, type ClientCommandOptions, type Session } from './session.ts';

interface LearnOptions extends ClientCommandOptions {
  name: string;
  model?: string;
  depth: number;
  threshold: number;
}

interface Answered {
  readonly model: string;
  readonly version: number;
  readonly names: readonly string[];
  readonly answers: readonly ModelAnswer[];
}

/** What a version answered on an endpoint, as the decision log has it; default: the one that answered last. */
async function readAnswers(session: Session, endpoint: string, wanted: string | undefined): Promise<Answered> {
  const byVariant = new Map<string, Decision[]>();
  let last = '';
  for await (const { value } of exportedEvents(session, 'decisions', endpoint)) {
    if (!fits(Decision, value) || value.servedVariant === null || value.source.startsWith('fallback')) continue;
    if (parseVariantId(value.servedVariant)?.kind !== 'model') continue;
    last = value.servedVariant;
    const own = byVariant.get(last) ?? [];
    own.push(value);
    byVariant.set(last, own);
  }
  const id = wanted ?? last;
  const variant = parseVariantId(id);
  const decisions = byVariant.get(id) ?? [];
  if (variant === null || variant === undefined || decisions.length === 0) {
    const known = [...byVariant.keys()].join(', ') || 'none';
    throw new MulleError('not_found', `No model ${id || 'at all'} answered on ${endpoint}. Those that did: ${known}.`);
  }
  const names = Object.keys(decisions[0]?.features ?? {});
  const answers = decisions.flatMap(({ features, score, variantScore }): ModelAnswer[] => {
    // Where a rule overrode it, the model's own answer is kept beside it.
    const own = variantScore ?? score;
    return own === null ? [] : [{ features: names.map((name) => features[name] ?? Number.NaN), score: own }];
  });
  return { model: variant.name, version: variant.version, names, answers };
}

/** `mulle rules learn` */
export function addLearnRulesCommand(rules: Command): void {
  addClientOptions(
    rules.command('learn').description('rules that answer like a model, from what it answered: a draft to be reviewed'),
  )
    .argument('<endpoint>', 'whose decisions are read')
    .requiredOption('--name <ruleSet>', 'the rule set that becomes a version')
    .option('--model <NAME@VERSION>', 'the model (default: the one that answered last)')
    .option('--depth <n>', 'splits on the longest way', Number, 3)
    .option('--threshold <score>', 'from here on an answer falls on the upper side', Number, 0.5)
    .action(async (endpoint: string, options: LearnOptions) => {
      const session = openSession(options);
      const { names, answers, model, version } = await readAnswers(session, endpoint, options.model);
      const { distilModel } = await import('@mulle/decision/rules');
      const { name, depth, threshold } = options;
      let learned: ReturnType<typeof distilModel>;
      try {
        learned = distilModel(answers, names, { name, model, version, depth, threshold });
      } catch (cause) {
        if (cause instanceof RangeError) throw new MulleError('invalid_argument', cause.message, { cause });
        throw cause;
      }
      const body = { ...learned, reason: learned.definition.description ?? `Learned from ${model}@${version}.` };
      const made = await session.control.call('createRuleSetVersion', { params: { name }, body });
      print(session, made, ({ version: number, definition, state }) => {
        say(definition.description ?? '');
        say(`${name}@${number} is a ${state} of ${definition.rules.length} rules. Read them, then publish:`);
        say(`mulle rules publish ${name} ${number} --reason "reviewed"`);
      });
    });
}
