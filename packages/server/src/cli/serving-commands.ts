import { Overrides, WrittenPolicy, type Release } from '@mulle/contract';
import type { Command } from 'commander';
import { MulleError } from '#kernel/errors.ts';
import { addBatchCommand } from './batch-command.ts';
import { createEndpoint } from './create-endpoint.ts';
import { parseTarget, type DeployTarget } from './parse-target.ts';
import { print, printTable, say, time } from './print.ts';
import { readJsonFile } from './read-json-file.ts';
import { addRegisterCommand } from './register-command.ts';
import { resolved, versionOf } from './resolve-target.ts';
import { addClientOptions, openSession, type ClientCommandOptions, type Session } from './session.ts';

/** What may be said of any deploy. */
interface DeployTerms {
  atOnce?: boolean;
  policy?: string;
  overrides?: string;
  start?: number;
  end?: number;
  reason?: string;
}

/** A time as people write it, in ms since the epoch. */
function timeOf(text: string): number {
  const atMs = Date.parse(text);
  if (!Number.isNaN(atMs)) return atMs;
  throw new MulleError('invalid_argument', `"${text}" is no time. Write 2026-12-01T09:00:00+09:00.`);
}

/** The part of a deploy's body that does not say what is deployed. */
async function termsOf({ atOnce, policy, overrides, start, end, reason }: DeployTerms) {
  return {
    ...(policy === undefined ? {} : { policy: await readJsonFile(policy, WrittenPolicy, 'release policy') }),
    ...(atOnce === true ? { policy: { kind: 'single' } as const } : {}),
    ...(overrides === undefined ? {} : { overrides: await readJsonFile(overrides, Overrides, 'list of overrides') }),
    ...(start === undefined ? {} : { startAtMs: start }),
    ...(end === undefined ? {} : { endAtMs: end }),
    ...(reason === undefined ? {} : { reason }),
  };
}

const rulesPrefix = 'rules:';

/** `rules:NAME@3`, or `rules:NAME` for the published version. */
async function deployRules(
  session: Session,
  text: string,
  options: { endpoint?: string } & DeployTerms,
): Promise<void> {
  const { model: ruleSet, version, alias } = parseTarget(text);
  if (alias !== undefined) throw new MulleError('invalid_argument', `"${alias}" is no version of a rule set.`);
  const release = await session.control.call('deploy', {
    params: { name: options.endpoint ?? ruleSet },
    body: {
      ruleSet,
      ...(version === undefined ? {} : { version }),
      ...(await termsOf(options)),
    },
  });
  print(session, release, sayRelease);
}

function sayRelease(release: Release): void {
  say(
    `Release ${release.id} on ${release.endpoint}: ${release.strategy.kind}, ${release.state}. Watch it: mulle status ${release.endpoint}`,
  );
}

function addDeployCommand(program: Command): void {
  addClientOptions(program.command('deploy').description('release a version to an endpoint'))
    .argument('<model>', 'NAME@ALIAS, NAME@VERSION, NAME for the latest; rules:NAME[@VERSION] for a rule set')
    .option('-e, --endpoint <name>', 'endpoint (default: the one of the model’s name)')
    .option(
      '--create-endpoint',
      'make the endpoint of -e too where it is missing; that of the model’s name is made anyway',
    )
    .option('--tensors', 'an endpoint that is made takes and gives the version’s typed tensors, in place of columns')
    .option('--also <target...>', 'further arms, named as the model is, where the policy has more than two')
    .option('--at-once', 'switch at once, whatever the endpoint’s policy')
    .option('--policy <file>', 'JSON of a policy, in place of the endpoint’s')
    .option('--overrides <file>', 'JSON of a list: who meets which group, whatever the shares')
    .option('--start <time>', 'it waits until then', timeOf)
    .option('--end <time>', 'it is inconclusive if nothing was concluded by then', timeOf)
    .option('-r, --reason <text>', 'why, for the record')
    .action(
      async (
        text: string,
        options: ClientCommandOptions &
          DeployTerms & { endpoint?: string; createEndpoint?: boolean; tensors?: boolean; also?: string[] },
      ) => {
        const session = openSession(options);
        if (text.startsWith(rulesPrefix)) return deployRules(session, text.slice(rulesPrefix.length), options);
        const target = await resolved(session, parseTarget(text));
        const name = options.endpoint ?? target.model;
        if (options.createEndpoint === true || options.endpoint === undefined)
          await createEndpoint(session.control, name, await versionOf(session, target), options.tensors === true);
        const others: DeployTarget[] = [];
        for (const other of options.also ?? []) others.push(await resolved(session, parseTarget(other)));
        const release = await session.control.call('deploy', {
          params: { name },
          body: {
            ...target,
            ...(others.length === 0 ? {} : { others }),
            ...(await termsOf(options)),
          },
        });
        print(session, release, sayRelease);
      },
    );
  addClientOptions(
    program.command('rollback').description('take the running challenger back, or the version before, at once'),
  )
    .argument('<endpoint>', 'name of the endpoint')
    .option('-r, --reason <text>', 'why, for the record', 'rolled back by hand')
    .action(async (name: string, options: ClientCommandOptions & { reason: string }) => {
      const session = openSession(options);
      print(
        session,
        await session.control.call('rollbackEndpoint', { params: { name }, body: { reason: options.reason } }),
        sayRelease,
      );
    });
}

function addModelsCommand(program: Command): void {
  addClientOptions(program.command('models').description('registered models and their versions'))
    .argument('[model]', 'versions of this one')
    .action(async (model: string | undefined, options: ClientCommandOptions) => {
      const session = openSession(options);
      if (model === undefined) {
        return print(session, await session.control.call('listModels', {}), ({ items }) =>
          printTable(
            ['model', 'versions', 'aliases'],
            items.map((item) => [
              item.name,
              item.versions,
              Object.entries(item.aliases)
                .map(([alias, version]) => `${alias}=${version}`)
                .join(' '),
            ]),
            'No model is registered yet. Run a pipeline that does, or: mulle register NAME FILE',
          ),
        );
      }
      print(
        session,
        await session.control.call('listModelVersions', { params: { model }, query: { limit: 20 } }),
        ({ items }) =>
          printTable(
            ['version', 'aliases', 'log loss', 'AUC', 'data', 'made'],
            items.map((item) => [
              `${item.model}@${item.version}`,
              item.aliases.join(' '),
              item.metrics['logLoss']?.toFixed(4) ?? '',
              item.metrics['auc']?.toFixed(4) ?? '',
              item.lineage.datasetVersion === null
                ? ''
                : `${item.lineage.datasetVersion.dataset}@${item.lineage.datasetVersion.version}`,
              time(item.createdAtMs),
            ]),
          ),
      );
    });
}

function addStatusCommand(program: Command): void {
  addClientOptions(program.command('status').description('endpoints: what answers, how fast, from where'))
    .argument('[endpoint]', 'this one only')
    .action(async (name: string | undefined, options: ClientCommandOptions) => {
      const session = openSession(options);
      const all = await session.control.call('listEndpoints', {});
      const chosen = all.items.filter((item) => name === undefined || item.definition.name === name);
      if (name !== undefined && chosen.length === 0)
        throw new MulleError('not_found', `There is no endpoint "${name}".`);
      const rows = await Promise.all(
        chosen.map(async (item) => ({
          ...item,
          live: await session.control.call('getEndpointStatus', { params: { name: item.definition.name } }),
        })),
      );
      print(session, rows, (endpoints) =>
        printTable(
          ['endpoint', 'answers', 'release', 'requests/min', 'failures', 'p50 ms', 'p99 ms'],
          endpoints.map(({ definition, incumbent, release, live }) => {
            const figures = live.processes
              .flatMap((process) => process.endpoints)
              .find((one) => one.endpoint === definition.name);
            return [
              definition.name,
              incumbent ?? 'nothing yet',
              release === null ? '' : `${release.strategy.kind} ${release.state}`,
              figures?.requests ?? 0,
              figures?.failures ?? 0,
              figures?.latencyMs.p50.toFixed(2) ?? '',
              figures?.latencyMs.p99.toFixed(2) ?? '',
            ];
          }),
          'There is no endpoint yet. Apply a project that has one: mulle apply -f mulle.config.ts',
        ),
      );
    });
}

/** Commands about what answers callers. */
export function addServingCommands(program: Command): void {
  addDeployCommand(program);
  addRegisterCommand(program);
  addBatchCommand(program);
  addModelsCommand(program);
  addStatusCommand(program);
}
