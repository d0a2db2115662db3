import type { DatasetDefinition, Field, ValidationCheck } from '@mulle/contract';
import { durationMs } from '@mulle/contract';
import { countDrift } from '@mulle/stats';
import { sqlName, sqlText, type DuckdbSession } from '#platform/duckdb/index.ts';

/** What a check found wrong in one window; nothing where all is well. */
export interface Violation {
  check: ValidationCheck['kind'];
  action: 'stop' | 'warn';
  /** The column, or `rows`. */
  subject: string;
  /** What is wrong, for people. */
  message: { en: string; ko: string };
  statistics: Record<string, unknown>;
}

export interface CheckedWindow {
  dataset: DatasetDefinition;
  /** Relation of the window's rows, and of the version before (null: there is none). */
  rows: string;
  reference: string | null;
  toMs: number;
}

const shownRows = 5;
const psiBins = 10;

function actionOf(check: ValidationCheck): 'stop' | 'warn' {
  return check.action ?? (check.kind === 'distribution' ? 'warn' : 'stop');
}

/** Conditions that a row of this field breaks, each with its reading. */
function brokenBy(field: Field): { condition: string; en: string; ko: string }[] {
  const column = sqlName(field.name);
  const rules: { condition: string; en: string; ko: string }[] = [];
  if (field.nullable !== true)
    rules.push({
      condition: `${column} IS NULL`,
      en: 'is missing or of another type',
      ko: '값이 없거나 형식이 달라요',
    });
  if (field.minimum !== undefined)
    rules.push({
      condition: `${column} < ${field.minimum}`,
      en: `is below ${field.minimum}`,
      ko: `${field.minimum}보다 작아요`,
    });
  if (field.maximum !== undefined)
    rules.push({
      condition: `${column} > ${field.maximum}`,
      en: `is above ${field.maximum}`,
      ko: `${field.maximum}보다 커요`,
    });
  if (field.values !== undefined) {
    rules.push({
      condition: `${column} NOT IN (${field.values.map(sqlText).join(', ')})`,
      en: 'is none of its categories',
      ko: '정해진 범주가 아니에요',
    });
  }
  return rules;
}

async function schemaViolations(
  session: DuckdbSession,
  window: CheckedWindow,
  action: 'stop' | 'warn',
): Promise<Violation[]> {
  const violations: Violation[] = [];
  for (const field of window.dataset.fields) {
    for (const rule of brokenBy(field)) {
      const [count] = await session.rows(`SELECT count(*) AS broken FROM ${window.rows} WHERE ${rule.condition}`);
      const broken = Number(count?.['broken']);
      if (broken === 0) continue;
      const examples = await session.rows(`SELECT * FROM ${window.rows} WHERE ${rule.condition} LIMIT ${shownRows}`);
      violations.push({
        check: 'schema',
        action,
        subject: field.name,
        message: {
          en: `${broken} rows: "${field.name}" ${rule.en}. First: ${JSON.stringify(examples[0])}`,
          ko: `${broken}개 행: "${field.name}" ${rule.ko}. 첫 행: ${JSON.stringify(examples[0])}`,
        },
        statistics: { condition: rule.condition, rows: broken, examples },
      });
    }
  }
  return violations;
}

async function countViolation(
  session: DuckdbSession,
  window: CheckedWindow,
  minimum: number,
  action: 'stop' | 'warn',
): Promise<Violation[]> {
  const [count] = await session.rows(`SELECT count(*) AS rows FROM ${window.rows}`);
  const rows = Number(count?.['rows']);
  if (rows >= minimum) return [];
  const message = {
    en: `${rows} rows, at least ${minimum} are expected.`,
    ko: `행이 ${rows}개예요. ${minimum}개 이상이어야 해요.`,
  };
  return [{ check: 'rows', action, subject: 'rows', message, statistics: { rows, minimum } }];
}

async function freshnessViolation(
  session: DuckdbSession,
  window: CheckedWindow,
  maxAge: string,
  action: 'stop' | 'warn',
): Promise<Violation[]> {
  const column = window.dataset.eventTime;
  const [newest] = await session.rows(`SELECT epoch_ms(max(${sqlName(column)})) AS newest FROM ${window.rows}`);
  const newestMs = newest?.['newest'];
  const ageMs = typeof newestMs === 'number' ? window.toMs - newestMs : Infinity;
  if (ageMs <= durationMs(maxAge)) return [];
  const message = {
    en: `The newest row is older than ${maxAge} at the end of the window.`,
    ko: `가장 새로운 행이 구간 끝에서 ${maxAge}보다 오래됐어요.`,
  };
  return [{ check: 'freshness', action, subject: column, message, statistics: { newestMs: newestMs ?? null, maxAge } }];
}

async function uniqueViolation(
  session: DuckdbSession,
  window: CheckedWindow,
  columns: readonly string[],
  action: 'stop' | 'warn',
): Promise<Violation[]> {
  const list = columns.map(sqlName).join(', ');
  const repeated = await session.rows(
    `SELECT ${list}, count(*) AS times FROM ${window.rows} GROUP BY ${list} HAVING count(*) > 1 LIMIT ${shownRows}`,
  );
  if (repeated.length === 0) return [];
  const subject = columns.join(', ');
  const message = {
    en: `"${subject}" repeats: ${JSON.stringify(repeated[0])}`,
    ko: `"${subject}" 값이 겹쳐요: ${JSON.stringify(repeated[0])}`,
  };
  return [{ check: 'unique', action, subject, message, statistics: { examples: repeated } }];
}

/** Counts of a column in the bins cut at the reference's deciles, aligned. */
async function binCounts(
  session: DuckdbSession,
  relation: string,
  column: string,
  cuts: readonly number[],
): Promise<number[]> {
  const counts = new Array<number>(cuts.length + 1).fill(0);
  const bin = cuts.length === 0 ? '0' : cuts.map((cut) => `(${column} > ${cut})::INTEGER`).join(' + ');
  for (const row of await session.rows(
    `SELECT ${bin} AS bin, count(*) AS rows FROM ${relation} WHERE ${column} IS NOT NULL GROUP BY 1`,
  )) {
    counts[Number(row['bin'])] = Number(row['rows']);
  }
  return counts;
}

/** The distinct deciles of a column, ascending; none where it has no value. */
async function decileCuts(session: DuckdbSession, relation: string, column: string): Promise<number[]> {
  const shares = Array.from({ length: psiBins - 1 }, (_, i) => (i + 1) / psiBins).join(', ');
  const deciles = await session.rows(
    `SELECT DISTINCT cut::DOUBLE AS cut FROM (SELECT unnest(quantile_disc(${column}, [${shares}])) AS cut FROM ${relation}) WHERE cut IS NOT NULL ORDER BY cut`,
  );
  return deciles.map((row) => Number(row['cut']));
}

async function distributionViolations(
  session: DuckdbSession,
  window: CheckedWindow,
  maxPsi: number,
  action: 'stop' | 'warn',
): Promise<Violation[]> {
  const { reference } = window;
  if (reference === null) return [];
  const violations: Violation[] = [];
  for (const field of window.dataset.fields.filter((one) => one.type === 'number' || one.type === 'integer')) {
    const column = sqlName(field.name);
    const cuts = await decileCuts(session, reference, column);
    const before = await binCounts(session, reference, column, cuts);
    const now = await binCounts(session, window.rows, column, cuts);
    if (Math.max(...before) === 0 || Math.max(...now) === 0) continue;
    const drift = countDrift('population-stability-index', before, now, { threshold: maxPsi });
    if (!drift.drifted) continue;
    const psi = drift.statistic.toFixed(3);
    violations.push({
      check: 'distribution',
      action,
      subject: field.name,
      message: {
        en: `"${field.name}" is distributed otherwise than in the version before: PSI ${psi}.`,
        ko: `"${field.name}" 분포가 이전 버전과 달라요: PSI ${psi}.`,
      },
      statistics: { ...drift, cuts, reference: before, current: now },
    });
  }
  return violations;
}

/** Runs one check over one window. */
export function runCheck(session: DuckdbSession, window: CheckedWindow, check: ValidationCheck): Promise<Violation[]> {
  const action = actionOf(check);
  switch (check.kind) {
    case 'schema':
      return schemaViolations(session, window, action);
    case 'rows':
      return countViolation(session, window, check.minimum, action);
    case 'freshness':
      return freshnessViolation(session, window, check.maxAge, action);
    case 'unique':
      return uniqueViolation(session, window, check.columns, action);
    case 'distribution':
      return distributionViolations(session, window, check.maxPsi ?? 0.25, action);
  }
}
