import { Decision, fits, RecordedOutcome, type Kpi, type Release } from '@mulle/contract';
import { evaluatePolicy, offPolicyRefusals, type LoggedAnswer, type PolicyEvaluation } from '@mulle/decision';
import type { Command } from 'commander';
import { MulleError } from '#kernel/errors.ts';
import { exitCodes } from './exit-codes.ts';
import { exportedEvents } from './exported-events.ts';
import { print, printTable, say } from './print.ts';
import { addClientOptions, openSession, type ClientCommandOptions, type Session } from './session.ts';

interface EvaluateOptions extends ClientCommandOptions {
  kpi: string;
  shares: Record<string, number>;
  cohort?: string[];
}

/** `challenger=0.8,incumbent=0.2` */
function sharesOf(text: string): Record<string, number> {
  const parts = text.split(',').map((part): [string, number] => {
    const [group = '', share = '1'] = part.split('=');
    return [group.trim(), Number(share)];
  });
  if (parts.every(([group, share]) => group !== '' && share >= 0)) return Object.fromEntries(parts);
  throw new MulleError('invalid_argument', `"${text}": write shares as challenger=0.8,incumbent=0.2.`);
}

/** `input.age > 30 => challenger`, in the order given: the first that holds decides. */
async function cohortsOf(texts: readonly string[]): Promise<(decision: Decision) => string | null> {
  if (texts.length === 0) return () => null;
  const { compileExpression } = await import('@mulle/decision/rules');
  const cohorts = texts.map((text) => {
    const at = text.lastIndexOf('=>');
    if (at < 0)
      throw new MulleError('invalid_argument', `"${text}": write a cohort as "input.age > 30 => challenger".`);
    try {
      return { expression: compileExpression(text.slice(0, at).trim()), group: text.slice(at + 2).trim() };
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new MulleError('invalid_argument', `"${text}" cannot be used: ${reason}`, { cause });
    }
  });
  return ({ inputs: input, features: feature }) => {
    for (const { expression, group } of cohorts) {
      try {
        if (expression.evaluate({ input, feature, enriched: {}, score: Number.NaN }) === true) return group;
      } catch {
        // As in an override: a cohort whose expression fails holds for nobody.
      }
    }
    return null;
  };
}

async function readAnswers(session: Session, { id, endpoint }: Release): Promise<LoggedAnswer[]> {
  const decisions = new Map<string, Decision>();
  for await (const { id: decisionId, value } of exportedEvents(session, 'decisions', endpoint))
    if (fits(Decision, value) && value.releaseId === id) decisions.set(decisionId, value);
  const outcomes = new Map<string, RecordedOutcome['values']>();
  for await (const { value } of exportedEvents(session, 'outcomes', endpoint)) {
    if (!fits(RecordedOutcome, value) || value.decisionId === null || !decisions.has(value.decisionId)) continue;
    outcomes.set(value.decisionId, { ...outcomes.get(value.decisionId), ...value.values });
  }
  return [...decisions].map(([decisionId, decision]) => ({ decision, outcome: outcomes.get(decisionId) ?? null }));
}

/** A declared KPI, else the mean of the outcome value of that name. */
async function kpiOf(session: Session, { endpoint }: Release, name: string): Promise<Kpi> {
  const { items } = await session.control.call('listKpis', { query: { endpoint } });
  const declared = items.find(({ definition }) => definition.name === name)?.definition;
  return declared ?? { name, kind: 'mean', value: { outcome: name }, direction: 'increase', role: 'goal' };
}

const figure = (value: number): string => String(Number(value.toPrecision(4)));

function sayEvaluation(session: Session, { logged, waiting, methods }: PolicyEvaluation): void {
  say(
    `As it was released: ${logged.mean === null ? 'unknown' : figure(logged.mean)} over ${logged.n} decisions; ${waiting} still await their outcome.`,
  );
  printTable(
    ['method', 'estimate', '95 % interval', 'effective decisions', ''],
    Object.entries(methods).map(([method, result]) =>
      result.conclusive
        ? [
            method,
            figure(result.estimate),
            `${figure(result.lower)} … ${figure(result.upper)}`,
            Math.round(result.effectiveSampleSize),
            '',
          ]
        : [method, '', '', '', session.text(offPolicyRefusals[result.reason])],
    ),
  );
}

/** `mulle releases evaluate` */
export function addEvaluateCommand(
  releases: Command,
  findRelease: (session: Session, text: string) => Promise<Release>,
): void {
  addClientOptions(
    releases.command('evaluate').description('what another split would have brought, from the decisions of a release'),
  )
    .argument('<release>', 'whose log is read: its id, or the endpoint')
    .requiredOption('--kpi <name>', 'a declared KPI, or the name of an outcome value')
    .requiredOption('--shares <group=share,…>', 'the proposal: shares by group of that release', sharesOf)
    .option('--cohort <rule...>', '"CEL => group": requests that the proposal sends to a group whatever the shares')
    .action(async (text: string, options: EvaluateOptions) => {
      const session = openSession(options);
      const release = await findRelease(session, text);
      const kpi = await kpiOf(session, release, options.kpi);
      const proposal = { shares: options.shares, groupOf: await cohortsOf(options.cohort ?? []) };
      const answers = await readAnswers(session, release);
      let evaluation: PolicyEvaluation;
      try {
        evaluation = evaluatePolicy(release, kpi, proposal, answers);
      } catch (cause) {
        if (cause instanceof RangeError) throw new MulleError('invalid_argument', cause.message, { cause });
        throw cause;
      }
      print(session, { releaseId: release.id, kpi: kpi.name, ...evaluation }, (one) => sayEvaluation(session, one));
      const refused = Object.values(evaluation.methods).every(({ conclusive }) => !conclusive);
      if (refused) process.exitCode = exitCodes.gateRejected;
    });
}
