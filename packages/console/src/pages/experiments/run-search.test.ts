import { describe, expect, test } from 'vitest';
import { runSearch } from './run-search.ts';

const filter = (q: string): string => runSearch(q, '', undefined).filter;

describe('the table’s filter in the words of the search', () => {
  test.each([
    ['state:failed', `attributes.status ILIKE '%failed%'`],
    ['-state:failed', `attributes.status != 'failed'`],
    ['started>yesterday', `attributes.start_time > 'yesterday'`],
    ['started:"3일 전"', `attributes.start_time = '3일 전'`],
    ['metrics.auc>0.9', 'metrics.`auc` > 0.9'],
    ['auc>0.9', '(metrics.`auc` > 0.9 OR params.`auc` > 0.9)'],
    ['-auc>0.9', '(metrics.`auc` <= 0.9 AND params.`auc` <= 0.9)'],
    ['parameters.depth=6', "params.`depth` = '6'"],
    ['tags.team:vision', "tags.`team` ILIKE '%vision%'"],
    [`run:it's`, String.raw`attributes.run_name ILIKE '%it\'s%'`],
  ])('%s', (q, expected) => expect(filter(q)).toBe(expected));

  test('a word is looked for in what a run is called by', () => {
    expect(filter('boost')).toBe(
      `(attributes.run_name ILIKE '%boost%' OR attributes.run_id ILIKE '%boost%' OR attributes.user_id ILIKE '%boost%')`,
    );
  });

  test('what the search cannot say is left for the rows, experiments for their ids, half clauses for later', () => {
    const { filter: rest, local, experiments } = runSearch('-run:tmp experiment:flight auc>', '', undefined);
    expect(rest).toBe('');
    expect(local).toMatchObject([{ column: 'run', value: 'tmp', negated: true }]);
    expect(experiments).toMatchObject([{ value: 'flight' }]);
  });

  test('the range of the top bar and the order', () => {
    expect(runSearch('', '-auc', { fromMs: 5, toMs: Infinity })).toMatchObject({
      filter: 'attributes.start_time >= 5',
      order: [{ by: 'metric', key: 'auc', descending: true }],
    });
    expect(runSearch('', 'parameters.depth', undefined).order).toEqual([
      { by: 'parameter', key: 'depth', descending: false },
    ]);
    expect(runSearch('', 'started', undefined).order).toEqual([{ by: 'startedAt', descending: false }]);
  });
});
