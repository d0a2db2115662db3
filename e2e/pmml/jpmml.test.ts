import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadPmml, PmmlError, type PmmlModel, type Value } from '@mulle/pmml';
import type { ModelVersion, TensorSpec } from '@mulle/contract';
import { pythonEnvironment } from '../../tools/python-environment.ts';
import { eventually } from '../platform/eventually.ts';
import { Sandbox, type Platform } from '../platform/sandbox.ts';
import { randomDocuments } from './random-documents.ts';

// PMML is evaluated as JPMML, its reference implementation, evaluates it: documents made by JPMML's own converters, and
// documents made at random for what those seldom write; and an endpoint serves those of the converters so.

const buildMs = 300_000;
const seed = 1;
const tolerance = 1e-9;
const packages = [
  'scikit-learn==1.7.2',
  'pandas==2.3.3',
  'numpy==2.3.5',
  'xgboost-cpu==3.1.2',
  'sklearn2pmml==0.133.1',
];

const hasJava = ['javac', 'mvn'].every((command) => spawnSync(command, ['-version']).status === 0);
if (!hasJava && process.env['CI'] === 'true') throw new Error('The suite of PMML needs a JDK and Maven.');
if (!hasJava) process.stderr.write('Skipped: the suite of PMML needs a JDK and Maven.\n');

const folder = mkdtempSync(join(tmpdir(), 'mulle-pmml-'));
const reference = join(import.meta.dirname, 'Reference.java');

beforeAll(async () => {
  if (!hasJava) return;
  const python = await pythonEnvironment(join(import.meta.dirname, '.venv'), packages, () => undefined);
  execFileSync(python, [join(import.meta.dirname, 'convert_models.py'), folder], { stdio: 'ignore' });
  for (const { name, text, rows } of randomDocuments(seed, 20, 40)) {
    writeFileSync(join(folder, `${name}.pmml`), text);
    writeFileSync(join(folder, `${name}.tsv`), rows);
  }
  const libraries = join(folder, 'libraries');
  const copy = ['-q', '-B', '-f', join(import.meta.dirname, 'pom.xml'), 'dependency:copy-dependencies'];
  execFileSync('mvn', [...copy, `-DoutputDirectory=${libraries}`], { stdio: 'ignore' });
  execFileSync('java', ['-cp', `${libraries}/*`, reference, folder], { stdio: 'ignore' });
}, buildMs);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lines = (name: string): string[] => readFileSync(join(folder, name), 'utf8').replace(/\n$/, '').split('\n');

interface Tally {
  models: number;
  rows: number;
  values: number;
  largest: number;
  readonly differences: string[];
}

function compareModel(name: string, tally: Tally): void {
  const model = loadPmml(readFileSync(join(folder, `${name}.pmml`), 'utf8'));
  const [header = '', ...rows] = lines(`${name}.tsv`);
  const columns = header.split('\t');
  const expected = lines(`${name}.expected.tsv`);
  tally.models++;
  for (const [index, row] of rows.entries()) {
    const cells = row.split('\t');
    const values = model.inputs.map((field) => cells[columns.indexOf(field.name)] || null);
    tally.rows++;
    compareRow(model, values, expected[index] ?? '', `${name}, row ${index}`, tally);
  }
}

function compareRow(model: PmmlModel, row: (string | null)[], expected: string, where: string, tally: Tally): void {
  // What JPMML refuses for another reason than a value (a function that meets nothing, say) is a missing answer here.
  if (expected.startsWith('!') && !expected.startsWith('!ValueCheckException')) return;
  let own: Record<string, Value>;
  try {
    const { value, outputs } = model.evaluate(row);
    own = { [model.target?.name ?? '']: value, ...outputs };
  } catch (thrown) {
    if (!(thrown instanceof PmmlError)) throw thrown;
    if (!expected.startsWith('!')) tally.differences.push(`${where}: ${thrown.message}`);
    return;
  }
  if (expected.startsWith('!')) return void tally.differences.push(`${where}: JPMML says ${expected}`);
  compareCells(own, expected, where, tally);
}

function compareCells(own: Readonly<Record<string, Value>>, expected: string, where: string, tally: Tally): void {
  for (const cell of expected.split('\t')) {
    const [, name = '', isNumber, text = ''] = /^([^=]*)=(d:)?(.*)$/.exec(cell) ?? [];
    if (!(name in own)) continue;
    tally.values++;
    const difference = differenceOf(own[name], isNumber === undefined ? text : Number(text));
    tally.largest = Math.max(tally.largest, difference);
    if (!(difference <= tolerance)) tally.differences.push(`${where}: ${name} is ${String(own[name])}, not ${text}`);
  }
}

/** Of numbers relative to the larger one above 1; of anything else none or without bound. */
function differenceOf(own: Value | undefined, expected: string | number): number {
  if (typeof expected === 'string') return (own === null ? '' : String(own)) === expected ? 0 : Infinity;
  if (typeof own !== 'number') return String(own) === String(expected) ? 0 : Infinity;
  return Math.abs(own - expected) / Math.max(1, Math.abs(expected));
}

const nothing = (): Tally => ({ models: 0, rows: 0, values: 0, largest: 0, differences: [] });
const isRandom = (name: string): boolean => /-\d+\.pmml$/.test(name);

describe.skipIf(!hasJava)('JPMML', () => {
  const compared = (isOurs: (name: string) => boolean): Tally => {
    const tally = nothing();
    const names = readdirSync(folder).filter((name) => name.endsWith('.pmml'));
    for (const name of names) if (isOurs(name)) compareModel(name.slice(0, -'.pmml'.length), tally);
    process.stderr.write(`PMML: ${JSON.stringify({ ...tally, differences: tally.differences.length })}\n`);
    return tally;
  };

  test("documents of JPMML's converters give its answers", () => {
    const { differences, models, rows } = compared((name) => !isRandom(name));
    expect(differences).toEqual([]);
    expect(models).toBe(9);
    expect(rows).toBeGreaterThan(2_000);
  });

  test(`documents made at random (seed ${seed}) give its answers`, () => {
    const { differences, models, rows, values } = compared(isRandom);
    expect(differences.slice(0, 20)).toEqual([]);
    expect(models).toBe(260);
    expect(rows).toBe(10_400);
    expect(values).toBeGreaterThan(20_000);
  });
});

describe.skipIf(!hasJava)('behind an endpoint', () => {
  const sandbox = new Sandbox();
  let platform: Platform;
  beforeAll(async () => {
    platform = await sandbox.up();
  }, buildMs);
  afterAll(() => sandbox.remove());

  async function post(path: string, body: unknown): Promise<Record<string, unknown>> {
    const response = await fetch(`${platform.dataUrl}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    expect(response.headers.get('x-mulle-source')).toBe('variant');
    return JSON.parse(text) as Record<string, unknown>;
  }

  const table = (name: string): { columns: string[]; rows: string[][] } => {
    const [header = '', ...rows] = lines(`${name}.tsv`);
    return { columns: header.split('\t'), rows: rows.map((row) => row.split('\t')) };
  };

  /** By tensors, all rows in one request. */
  async function askTensors(name: string, { signature }: ModelVersion): Promise<Record<string, Value>[]> {
    const { columns, rows } = table(name);
    const values = ({ name: column, datatype }: TensorSpec) =>
      rows.map((row) => {
        const cell = row[columns.indexOf(column)] ?? '';
        if (datatype === 'BYTES') return cell;
        return cell === '' ? null : Number(cell);
      });
    const inputs = (signature?.inputs ?? []).map((spec) => ({ ...spec, shape: [rows.length], data: values(spec) }));
    const { outputs } = await post(`/v2/models/${name}/infer`, { inputs });
    const answered = outputs as { name: string; data: Value[] }[];
    return rows.map((_, row) =>
      Object.fromEntries(answered.map(({ name: output, data }) => [output, data[row] ?? null])),
    );
  }

  /** By rows of numbers, whose one answer is the value, or the probability of the second category. */
  async function askRows(name: string, { features }: ModelVersion): Promise<Record<string, Value>[]> {
    const { inputs, target, isClassification } = loadPmml(readFileSync(join(folder, `${name}.pmml`), 'utf8'));
    const { columns, rows } = table(name);
    const records = rows.map((row) => {
      const cells = inputs.map((field) => row[columns.indexOf(field.name)] ?? '');
      return Object.fromEntries(
        features.map((field, place) => [field, cells[place] === '' ? null : Number(cells[place])]),
      );
    });
    const { scores } = await post(`/v1/endpoints/${name}/predict`, { inputs: records });
    const column = isClassification ? `probability(${String(target?.categories[1])})` : (target?.name ?? '');
    return (scores as number[]).map((score) => ({ [column]: score }));
  }

  test(
    'what `mulle register` and `mulle deploy` brought there answers as JPMML does',
    async () => {
      const tally = nothing();
      const names = readdirSync(folder).filter((name) => name.endsWith('.pmml') && !isRandom(name));
      const byRows: string[] = [];
      for (const name of names.map((file) => file.slice(0, -'.pmml'.length))) {
        const registered = await platform.mulle('register', name, join(folder, `${name}.pmml`), '--json');
        expect(registered).toMatchObject({ code: 0, stderr: '' });
        expect(await platform.mulle('deploy', name, '--create-endpoint')).toMatchObject({ code: 0 });
        const version = JSON.parse(registered.stdout) as ModelVersion;
        const isByRows = version.features.length > 0;
        if (isByRows) byRows.push(name);
        const answers = await eventually(
          `${name} answers`,
          () => (isByRows ? askRows(name, version) : askTensors(name, version)).catch(String),
          (answered) => typeof answered !== 'string',
          30_000,
        );
        const expected = lines(`${name}.expected.tsv`);
        tally.models++;
        expect(answers).toHaveLength(expected.length);
        for (const [row, own] of Object.entries(answers)) {
          if (typeof own === 'string') continue;
          tally.rows++;
          compareCells(own, expected[Number(row)] ?? '', `${name}, row ${row}`, tally);
        }
      }
      process.stderr.write(
        `PMML served: ${JSON.stringify({ ...tally, differences: tally.differences.length, byRows })}\n`,
      );
      expect(tally.differences).toEqual([]);
      expect(tally).toMatchObject({ models: 9, rows: 2_822 });
      expect(byRows.toSorted()).toEqual(['boosting', 'histograms', 'poisson', 'single']);
    },
    buildMs,
  );
});
