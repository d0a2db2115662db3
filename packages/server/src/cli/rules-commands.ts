import { RuleSetDefinition } from '@mulle/contract';
import type { Command } from 'commander';
import { MulleError } from '#kernel/errors.ts';
import { exitCodes } from './exit-codes.ts';
import { addLearnRulesCommand } from './learn-rules-command.ts';
import { print, printTable, say, time } from './print.ts';
import { readJsonFile } from './read-json-file.ts';
import { addClientOptions, openSession, type ClientCommandOptions } from './session.ts';

/** `mulle rules …` and `mulle advise …` */
export function addRulesCommands(program: Command): void {
  const rules = program.command('rules').description('rule sets: versions, tests, hits');
  addClientOptions(rules.command('list').description('rule sets and what uses them')).action(
    async (options: ClientCommandOptions) => {
      const session = openSession(options);
      print(session, await session.control.call('listRuleSets', {}), ({ items }) =>
        printTable(
          ['rule set', 'versions', 'published', 'used by'],
          items.map((one) => [
            one.name,
            one.versions,
            one.published === null ? 'none' : `${one.name}@${one.published.version}`,
            one.usedBy.map(({ endpoint, stage }) => `${stage} ${endpoint}`).join(', '),
          ]),
          'There is no rule set yet. A project declares them with defineRuleSet.',
        ),
      );
    },
  );
  addClientOptions(
    rules.command('check').description('run the tests of a rule set, and look for dead and conflicting rules'),
  )
    .argument('<file>', 'JSON of a rule set')
    .action(async (file: string, options: ClientCommandOptions) => {
      const session = openSession(options);
      const report = await session.control.call('checkRuleSet', {
        body: await readJsonFile(file, RuleSetDefinition, 'rule set'),
      });
      print(session, report, ({ problems, tests }) => {
        for (const test of tests) say(`${test.passed ? 'ok  ' : 'FAIL'} ${test.name}: ${test.got}`);
        for (const problem of problems) say(`${problem.kind} ${problem.name}: ${session.text(problem.message)}`);
      });
      if (report.problems.some(({ kind }) => kind === 'invalid' || kind === 'test'))
        process.exitCode = exitCodes.failure;
    });
  addClientOptions(rules.command('publish').description('let endpoints use a version'))
    .argument('<ruleSet>')
    .argument('<version>')
    .requiredOption('-r, --reason <text>', 'why, for the record')
    .action(async (name: string, version: string, options: ClientCommandOptions & { reason: string }) => {
      const session = openSession(options);
      const input = { params: { name, version: Number(version) }, body: { reason: options.reason } };
      print(session, await session.control.call('publishRuleSetVersion', input), (one) =>
        say(`${one.ruleSet}@${one.version} is published.`),
      );
    });
  addClientOptions(rules.command('hits').description('how often each rule of a version fired'))
    .argument('<ruleSet>')
    .argument('<version>')
    .action(async (name: string, version: string, options: ClientCommandOptions) => {
      const session = openSession(options);
      print(
        session,
        await session.control.call('getRuleHits', { params: { name, version: Number(version) } }),
        ({ items }) =>
          printTable(
            ['rule', 'stage', 'hits', 'last'],
            items.map((one) => [one.rule, one.stage ?? '', one.hits, time(one.lastAtMs)]),
          ),
      );
    });
  addLearnRulesCommand(rules);
  addAdviseCommand(program);
}

const truth = (text: string): boolean => {
  if (text === 'yes' || text === 'no') return text === 'yes';
  throw new MulleError('invalid_argument', `"${text}": yes or no.`);
};

function addAdviseCommand(program: Command): void {
  const advise = program.command('advise').description('what to do, from what is known');
  addClientOptions(advise.command('rules-or-model').description('rules, a model, or both: the five known questions'))
    .option('-e, --endpoint <name>', 'read from its data what it can')
    .option('--clear-rules <yes|no>', 'can the clear cases be written down?', truth)
    .option('--labelled-rows <n>', 'labelled rows at hand', Number)
    .option('--must-explain <yes|no>', 'must each answer be explained?', truth)
    .option('--must-adapt <yes|no>', 'does what is right change with time?', truth)
    .option('--needs-accuracy <yes|no>', 'is every point of accuracy worth it?', truth)
    .action(async ({ url, key, json, lang, ...body }: ClientCommandOptions & Record<string, unknown>) => {
      const session = openSession({
        ...(url === undefined ? {} : { url }),
        ...(key === undefined ? {} : { key }),
        ...(json === undefined ? {} : { json }),
        ...(lang === undefined ? {} : { lang }),
      });
      print(session, await session.control.call('adviseRulesOrModel', { body }), ({ text, answers }) => {
        printTable(
          ['question', 'speaks for', 'known from'],
          answers.map((one) => [session.text(one.text), one.speaksFor, one.from]),
        );
        say(session.text(text));
      });
    });
}
