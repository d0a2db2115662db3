/** Runs with metrics, put into the stores of both servers by SQL while neither runs: by their own calls it takes an hour. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import type { Store } from './contenders.ts';

export interface Population {
  readonly runs: number;
  /** Metrics of each run. */
  readonly keys: number;
  /** Points of each metric. */
  readonly steps: number;
}

/** The experiment that they are put into. */
export const populated = '7';

type Dialect = 'sqlite' | 'postgres';

/** Whole numbers from 0. */
function series(dialect: Dialect, name: string, count: number): string {
  return dialect === 'postgres'
    ? `generate_series(0, ${count - 1}) as ${name}(n)`
    : `(with recursive c(n) as (select 0 union all select n + 1 from c where n < ${count - 1}) select n from c) as ${name}`;
}

function runId(dialect: Dialect): string {
  return dialect === 'postgres' ? `lpad(to_hex(r.n), 32, '0')` : `printf('%032x', r.n)`;
}

/** Values between 0 and 1 that look like chance, the same on both. */
const value = `((r.n * 7919 + k.n * 104729 + s.n * 1299709) % 10007) / 10007.0`;

function mlflowStatements(dialect: Dialect, { runs, keys, steps }: Population): string[] {
  const [r, k, s] = [series(dialect, 'r', runs), series(dialect, 'k', keys), series(dialect, 's', steps)];
  const id = runId(dialect);
  const no = dialect === 'postgres' ? 'false' : '0';
  const last = `(select ${steps - 1} as n) as s`;
  return [
    `insert into experiments (experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time) values (${populated}, 'populated', 'mlflow-artifacts:/${populated}', 'active', 0, 0)`,
    `insert into runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, end_time, source_version, lifecycle_stage, artifact_uri, experiment_id) select ${id}, 'run', 'LOCAL', '', '', 'bench', 'FINISHED', 1700000000000 + r.n, 1700000000001 + r.n, '', 'active', 'mlflow-artifacts:/${populated}', ${populated} from ${r}`,
    `insert into metrics (key, value, timestamp, run_uuid, step, is_nan) select 'm' || k.n, ${value}, 1700000000000 + s.n, ${id}, s.n, ${no} from ${r}, ${k}, ${s}`,
    `insert into latest_metrics (key, value, timestamp, step, is_nan, run_uuid) select 'm' || k.n, ${value}, 1700000000000 + s.n, s.n, ${no}, ${id} from ${r}, ${k}, ${last}`,
  ];
}

function mulleStatements(dialect: Dialect, { runs, keys, steps }: Population): string[] {
  const [r, k, s] = [series(dialect, 'r', runs), series(dialect, 'k', keys), series(dialect, 's', steps)];
  const id = runId(dialect);
  const last = `(select ${steps - 1} as n) as s`;
  return [
    `insert into experiments (id, name, artifact_location, lifecycle_stage, created_at_ms, updated_at_ms) values (${populated}, 'populated', 'mlflow-artifacts:/${populated}', 'active', 0, 0)`,
    `insert into runs (id, experiment_id, name, status, lifecycle_stage, user_id, artifact_uri, started_activity_id, started_at_ms, ended_at_ms) select ${id}, ${populated}, 'run', 'finished', 'active', 'bench', 'mlflow-artifacts:/${populated}', '', 1700000000000 + r.n, 1700000000001 + r.n from ${r}`,
    `insert into run_metrics (run_id, key, step, time_ms, value, is_nan) select ${id}, 'm' || k.n, s.n, 1700000000000 + s.n, ${value}, 0 from ${r}, ${k}, ${s}`,
    `insert into run_latest_metrics (run_id, key, step, time_ms, value, is_nan, points, min_value, max_value) select ${id}, 'm' || k.n, s.n, 1700000000000 + s.n, ${value}, 0, ${steps}, 0, 1 from ${r}, ${k}, ${last}`,
  ];
}

async function execute(store: Store, file: string, statements: readonly string[]): Promise<void> {
  if (store.postgres === undefined) {
    const database = new DatabaseSync(join(store.folder, file));
    for (const statement of statements) database.exec(statement);
    database.close();
    return;
  }
  const url = store.postgres;
  for (const statement of [...statements, 'analyze']) {
    await promisify(execFile)('psql', [url, '-qv', 'ON_ERROR_STOP=1', '-c', statement]);
  }
}

export async function populate(mulle: Store, mlflow: Store, population: Population): Promise<void> {
  const dialect: Dialect = mulle.postgres === undefined ? 'sqlite' : 'postgres';
  await execute(mulle, 'mulle/db/mulle.sqlite', mulleStatements(dialect, population));
  await execute(mlflow, 'mlflow.db', mlflowStatements(dialect, population));
}
