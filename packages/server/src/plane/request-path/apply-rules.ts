import type { Exchange } from './exchange.ts';
import { askRules, rowRules } from './row-rules.ts';

/**
 * Rules before the variants: clear cases are answered here, and features are enriched. Where every row is answered, no
 * variant is chosen and the request takes no part in a release; else the variant answers the other rows.
 */
export function rulesBefore(exchange: Exchange): void {
  const { before } = exchange.endpoint.rules;
  if (before === null) return;
  let answered = 0;
  for (let row = 0; row < exchange.rows.length; row++) {
    const { answer, enriched } = askRules(exchange, before, 'before', row, Number.NaN);
    for (const name in enriched) enrich(exchange, row, name, enriched[name]);
    if (answer === null) continue;
    const account = rowRules(exchange, row);
    account.answer = answer;
    account.label = answer.label;
    answered++;
  }
  if (answered < exchange.rows.length) return;
  exchange.isDecided = true;
  exchange.source = 'rule';
  exchange.scores = (exchange.rules ?? []).map(({ answer }) => answer?.score ?? Number.NaN);
}

function enrich({ endpoint, features }: Exchange, row: number, name: string, value: unknown): void {
  const { names } = endpoint.features;
  const at = names.indexOf(name);
  if (at >= 0 && typeof value === 'number') features[row * names.length + at] = value;
}

/**
 * Rules after the variant override its answer, whoever gave it; the answer itself is kept beside theirs. Rows that a
 * rule answered before keep that answer.
 */
export function rulesAfter(exchange: Exchange): void {
  const { scores, isDecided, endpoint } = exchange;
  if (scores === null || isDecided || (endpoint.rules.after === null && exchange.rules === null)) return;
  const final = [...scores];
  let byRule = 0;
  for (let row = 0; row < final.length; row++) {
    const known = exchange.rules?.[row]?.answer;
    const score = final[row] ?? Number.NaN;
    const answer = known ?? askAfter(exchange, row, score);
    if (answer === null) continue;
    final[row] = answer.score;
    byRule++;
  }
  if (byRule === 0) return;
  exchange.scores = final;
  if (byRule === final.length) exchange.source = 'rule';
}

function askAfter(exchange: Exchange, row: number, score: number) {
  const { after } = exchange.endpoint.rules;
  if (after === null) return null;
  const { answer } = askRules(exchange, after, 'after', row, score);
  if (answer === null) return null;
  const account = rowRules(exchange, row);
  account.answer = answer;
  account.label = answer.label;
  account.variantScore = score;
  return answer;
}
