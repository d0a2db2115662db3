import { eventually } from '../../e2e/platform/eventually.ts';
import { Sandbox } from '../../e2e/platform/sandbox.ts';
import { endpointName, engineProject } from '../../e2e/releases/engine-project.ts';
import type { ReleasePolicy } from '../../packages/contract/src/index.ts';
import { report } from '../benchmark.ts';

const switches = 10;
const endpoint = endpointName(0);
const policy: ReleasePolicy = {
  kind: 'blue-green',
  gates: [],
  minSamples: 1,
  switch: 'by-hand',
  keepSeconds: 3_600,
  maxSeconds: 3_600,
  whenInconclusive: 'pause',
};

/**
 * How long a switch of a blue/green release takes through the whole platform, back and forth: from the call until every
 * caller is answered by the other side. Callers ask all the while, and none may fail.
 */
export async function switchTimes(): Promise<Record<string, number>> {
  const sandbox = new Sandbox();
  try {
    const { control, inference } = await sandbox.up();
    await control.call('applyManifest', { body: engineProject(1) });
    const params = { name: endpoint };
    await control.call('deploy', { params, body: { ruleSet: 'steady', policy: { kind: 'single' } } });
    const { id } = await control.call('deploy', { params, body: { ruleSet: 'twin', policy } });
    const ask = async () => {
      const { metadata } = await inference.predict(endpoint, { user: 'u', luck: 1, habit: 0, country: 'KR' });
      return metadata;
    };
    await eventually(
      'callers meet the release',
      () => ask().catch(() => null),
      (metadata) => metadata?.experiment_id === id,
    );
    const timesMs: number[] = [];
    let failures = 0;
    for (let index = 0; index < switches; index += 1) {
      const wanted = index % 2 === 0 ? 'challenger' : 'incumbent';
      const startedMs = performance.now();
      let lastOtherMs = startedMs;
      let isOver = false;
      const lanes = [0, 1, 2, 3].map(async () => {
        while (!isOver) {
          try {
            const { experiment_group: group } = await ask();
            if (group !== wanted) lastOtherMs = performance.now();
          } catch {
            failures += 1;
          }
        }
      });
      await control.call('switchRelease', { params: { id }, body: { reason: `to the ${wanted}` } });
      await eventually('the other side answers', ask, ({ experiment_group: group }) => group === wanted);
      // As long again: nobody may be answered by the side that was left.
      await new Promise((resolve) => setTimeout(resolve, Math.max(200, performance.now() - startedMs)));
      isOver = true;
      await Promise.all(lanes);
      timesMs.push(lastOtherMs - startedMs);
      report(`switch to the ${wanted}: ${(lastOtherMs - startedMs).toFixed(0)} ms`);
    }
    return { 'switch worst ms': Math.max(...timesMs), 'switch failures': failures };
  } finally {
    await sandbox.remove();
  }
}
