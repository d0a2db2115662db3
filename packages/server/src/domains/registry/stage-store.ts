/**
 * Stages. A version is in one of MLflow's stages; several may be in the same. The alias of a stage's name points at the
 * newest version in it, which is what `models:/NAME/STAGE` loads: stages change through here, so that both agree.
 */
import type { ModelStage } from '@mulle/contract';
import type { Reader } from '#platform/database/index.ts';
import { putAlias, removeAlias } from './registry-store.ts';
import type { RegistryTables } from './registry-tables.ts';

type Queries = Reader<RegistryTables>;

const stages: readonly ModelStage[] = ['None', 'Staging', 'Production', 'Archived'];

/** The stage of that name, in whatever case. */
export function stageNamed(name: string): ModelStage | undefined {
  return stages.find((stage) => stage.toLowerCase() === name.toLowerCase());
}

/** Whether the alias is that of a stage: it then says which version is in it. */
export function isStageAlias(alias: string): alias is ModelStage {
  return alias !== 'None' && stages.some((stage) => stage === alias);
}

export async function versionsIn(database: Queries, model: string, stage: ModelStage): Promise<number[]> {
  const rows = await database
    .selectFrom('model_versions')
    .select('version')
    .where('model', '=', model)
    .where('stage', '=', stage)
    .where('deleted_at_ms', 'is', null)
    .orderBy('version', 'desc')
    .execute();
  return rows.map((row) => row.version);
}

/** Moves versions into a stage and lets the aliases of the stages follow. */
export async function putStage(
  database: Queries,
  model: string,
  versions: readonly number[],
  stage: ModelStage,
  nowMs: number,
): Promise<void> {
  if (versions.length === 0) return;
  await database
    .updateTable('model_versions')
    .set({ stage, updated_at_ms: nowMs })
    .where('model', '=', model)
    .where('version', 'in', versions)
    .execute();
  await followStages(database, model, nowMs);
}

/** Points the alias of each stage at the newest version in it; where there is none the alias goes. */
export async function followStages(database: Queries, model: string, nowMs: number): Promise<void> {
  for (const stage of stages.filter(isStageAlias)) {
    const [newest] = await versionsIn(database, model, stage);
    if (newest === undefined) await removeAlias(database, model, stage);
    else await putAlias(database, { model, alias: stage, version: newest, updated_at_ms: nowMs });
  }
}
