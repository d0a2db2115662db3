import { manifestSections, type Manifest } from '@mulle/contract';
import { checkData } from './check-data.ts';
import { checkKpis } from './check-kpis.ts';
import { checkPipelines } from './check-pipelines.ts';
import { checkServing } from './check-serving.ts';
import { confinePath, outsideRoots } from './confine-path.ts';
import { Problems } from './problems.ts';

/**
 * What the schema cannot say: names are unique, references resolve, pipelines are acyclic, files lie in `allowedRoots`.
 * Takes a manifest that fits its schema; returns all problems, found without touching anything.
 */
export async function checkManifest(manifest: Manifest, allowedRoots: readonly string[]): Promise<Problems> {
  const problems = new Problems();
  for (const section of manifestSections) {
    problems.unique(
      section,
      (manifest[section] ?? []).map((definition) => definition.name),
    );
  }
  checkData(manifest, problems);
  checkServing(manifest, problems);
  checkKpis(manifest, problems);
  checkPipelines(manifest, problems);
  for (const source of manifest.sources) {
    if (source.kind !== 'file' || (await confinePath(source.path, allowedRoots)) !== undefined) continue;
    problems.add(`sources/${source.name}/path`, outsideRoots(source.path));
  }
  return problems;
}
