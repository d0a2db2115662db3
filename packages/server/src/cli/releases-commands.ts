import {
  challengersOf,
  incumbentOf,
  reasonText,
  stageAt,
  variantId,
  type DecisionExplanation,
  type Release,
  type Strategy,
} from '@mulle/contract';
import type { Command } from 'commander';
import { MulleError } from '#kernel/errors.ts';
import { addEvaluateCommand } from './evaluate-command.ts';
import { addPlanCommand } from './plan-command.ts';
import { print, printTable, say, time } from './print.ts';
import { printReadings } from './print-readings.ts';
import { addClientOptions, openSession, type ClientCommandOptions, type Session } from './session.ts';

/** An id, or the name of an endpoint: its live release. */
async function findRelease(session: Session, text: string): Promise<Release> {
  const { items } = await session.control.call('listEndpoints', {});
  const endpoint = items.find(({ definition }) => definition.name === text);
  if (endpoint === undefined) return session.control.call('getRelease', { params: { id: text } });
  if (endpoint.release !== null) return endpoint.release;
  throw new MulleError('not_found', `Nothing is released on "${text}" yet. Deploy a version: mulle deploy.`);
}

function variantsOf(strategy: Strategy): string {
  const incumbent = incumbentOf(strategy);
  const challengers = challengersOf(strategy).map(variantId).join(', ');
  return incumbent === null ? challengers : `${variantId(incumbent)} → ${challengers}`;
}

/** How far it has come, where it goes by steps. */
function sayStep(strategy: Strategy, step: number): void {
  if (strategy.kind === 'canary') {
    const weight = strategy.steps[step]?.weight ?? 0;
    say(`step ${step + 1} of ${strategy.steps.length}: ${Math.round(weight * 100)} % to the challenger`);
  }
  if (strategy.kind === 'staged') {
    const { coverage = 0, sampleSize = 0 } = strategy.phases[step] ?? {};
    const share = `${Math.round(coverage * 100)} % of the units`;
    say(`phase ${step + 1} of ${strategy.phases.length}: ${share}, analysed at ${sampleSize} for each arm`);
  }
  if (strategy.kind === 'sequence') {
    const at = stageAt(strategy, step);
    say(`stage ${at.index + 1} of ${strategy.stages.length}: ${at.stage.kind}`);
    sayStep(at.stage, at.step);
  }
}

function sayRelease(session: Session, release: Release): void {
  const { id, endpoint, strategy, state, step, reason } = release;
  say(`${id} on ${endpoint}: ${strategy.kind} ${state}, ${variantsOf(strategy)}`);
  sayStep(strategy, step);
  say(reasonText(reason, session.language));
  if (release.readings.length > 0) printReadings(release.readings);
}

const byHand = {
  approve: { route: 'approveRelease', description: 'approve that it begins or is promoted, where people are asked' },
  promote: { route: 'promoteRelease', description: 'give all traffic to the challenger' },
  rollback: { route: 'rollbackRelease', description: 'take the challenger back, or what was promoted' },
  pause: { route: 'pauseRelease', description: 'hold at the present step' },
  switch: { route: 'switchRelease', description: 'switch a blue/green release to the other side, or back' },
  resume: { route: 'resumeRelease', description: 'go on from there' },
} as const;

function addActions(releases: Command): void {
  for (const [name, { route, description }] of Object.entries(byHand)) {
    addClientOptions(releases.command(name).description(description))
      .argument('<release>', 'its id, or the endpoint')
      .requiredOption('-r, --reason <text>', 'why, for the record')
      .action(async (text: string, options: ClientCommandOptions & { reason: string }) => {
        const session = openSession(options);
        const { id } = await findRelease(session, text);
        const body = { reason: options.reason };
        print(session, await session.control.call(route, { params: { id }, body }), (after) =>
          sayRelease(session, after),
        );
      });
  }
}

/** `mulle releases …` */
export function addReleasesCommands(program: Command): void {
  const releases = program.command('releases').description('how versions come in, step by step');
  addClientOptions(releases.command('status').description('releases, or one of them with its evidence'))
    .argument('[release]', 'its id, or the endpoint')
    .action(async (text: string | undefined, options: ClientCommandOptions) => {
      const session = openSession(options);
      if (text !== undefined) {
        return print(session, await findRelease(session, text), (release) => sayRelease(session, release));
      }
      print(session, await session.control.call('listReleases', { query: { limit: 20 } }), ({ items }) =>
        printTable(
          ['release', 'endpoint', 'strategy', 'state', 'variants', 'since'],
          items.map((one) => [
            one.id,
            one.endpoint,
            one.strategy.kind,
            one.state,
            variantsOf(one.strategy),
            time(one.updatedAtMs),
          ]),
          'Nothing was released yet: mulle deploy NAME@VERSION',
        ),
      );
    });
  addActions(releases);
  addPlanCommand(releases);
  addEvaluateCommand(releases, findRelease);
  addClientOptions(releases.command('explain').description('what happened to a release, and why'))
    .argument('<release>', 'its id, or the endpoint')
    .action(async (text: string, options: ClientCommandOptions) => {
      const session = openSession(options);
      const release = await findRelease(session, text);
      const { series, moments } = await session.control.call('getReleaseEvidence', { params: { id: release.id } });
      print(session, { release, moments, series }, (told) => {
        sayRelease(session, told.release);
        printTable(
          ['time', 'what', 'who', 'why'],
          told.moments.map(({ atMs, type, actor, reason }) => [
            time(atMs),
            type,
            actor,
            reasonText(reason, session.language),
          ]),
        );
      });
    });
  addExplainCommand(program);
}

function sayDecision(session: Session, { id, timeMs, decision, release, models, rules }: DecisionExplanation): void {
  const lines: [string, string][] = [
    ['decision', `${id}, ${time(timeMs)}, endpoint ${decision.endpoint}`],
    ['answer', `${decision.score ?? 'none'}${decision.label === undefined ? '' : ` (${decision.label})`}`],
    ['from', `${decision.source}, ${decision.servedVariant ?? 'no variant'}`],
    ['release', release === null ? 'none' : `${release.id} (${release.strategy.kind} ${release.state})`],
    ...(decision.override === undefined ? [] : [['override', decision.override] as [string, string]]),
    ['arm', `${decision.group ?? 'none'}, assigned ${decision.assignedVariant ?? 'nothing'}`],
    ['propensity', decision.propensity === null ? 'none' : String(decision.propensity)],
    ['unit', decision.unit ?? 'none'],
  ];
  if (decision.variantScore !== undefined)
    lines.push(['overridden', `the variant's own answer: ${decision.variantScore}`]);
  if (decision.errorCode !== null) lines.push(['error', decision.errorCode]);
  for (const rule of rules) {
    lines.push([`rule ${rule.stage}`, `${rule.ruleSet} ${rule.rule}: ${rule.effect} when ${rule.when}`]);
    lines.push(['', session.text(rule.explanation)]);
  }
  for (const { model, version, lineage } of models) {
    const data = lineage.datasetVersion && `${lineage.datasetVersion.dataset}@${lineage.datasetVersion.version}`;
    lines.push([`${model}@${version}`, `run ${lineage.runId ?? 'none'}, data ${data ?? 'none'}`]);
  }
  lines.push(['inputs', JSON.stringify(decision.inputs)], ['features', JSON.stringify(decision.features)]);
  const stages = Object.entries(decision.stagesUs).map(([stage, us]) => `${stage} ${us}`);
  lines.push(['latency', `${decision.latencyMs} ms; µs by stage: ${stages.join(', ')}`]);
  printTable(['', ''], lines);
}

function addExplainCommand(program: Command): void {
  addClientOptions(program.command('explain').description('why an answer is what it is: the whole decision'))
    .argument('<request>', 'its X-Request-ID, with #row where it had several rows')
    .action(async (id: string, options: ClientCommandOptions) => {
      const session = openSession(options);
      const explained = await session.control.call('explainDecision', { params: { id } });
      print(session, explained, (one) => sayDecision(session, one));
    });
}
