import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../platform/eventually.ts';
import { Sandbox, type Platform } from '../platform/sandbox.ts';
import { askAll, type Answer } from './differential/ask.ts';
import { differences } from './differential/differences.ts';
import { requestList } from './differential/request-list.ts';
import { runScript } from './interop/scripts.ts';
import { makersPython } from './makers-python.ts';

// The same requests, good and bad, to MLflow's own server and to Mulle.

const startMs = 300_000;
const sandbox = new Sandbox();
let platform: Platform;
let reference: ChildProcess;
let referenceUrl: string;

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

beforeAll(async () => {
  platform = await sandbox.up(['--ephemeral']);
  // Experiment 0 is as young as the one of the reference.
  await platform.control.call('reset', { body: {} });
  const [python, port, cwd] = [await makersPython(), await freePort(), join(sandbox.folder, 'reference')];
  mkdirSync(cwd);
  const stores = [
    '--backend-store-uri',
    `sqlite:///${cwd}/mlflow.db`,
    '--artifacts-destination',
    join(cwd, 'artifacts'),
  ];
  reference = spawn(python, ['-m', 'mlflow', 'server', '--port', String(port), '--workers', '1', ...stores], {
    cwd,
    stdio: 'ignore',
    // It starts processes of its own: the group ends together.
    detached: true,
  });
  referenceUrl = `http://127.0.0.1:${port}`;
  await eventually(
    'MLflow’s server answers',
    () =>
      fetch(`${referenceUrl}/health`).then(
        ({ ok }) => ok,
        () => false,
      ),
    (ok) => ok,
    startMs,
  );
}, startMs);
afterAll(async () => {
  if (reference.pid !== undefined) process.kill(-reference.pid, 'SIGKILL');
  await sandbox.remove();
});

describe('beside MLflow’s own server', () => {
  test(
    'every answer is the same, or differs in a way that is meant',
    async () => {
      const [mulle, theirs] = [await askAll(platform.controlUrl, requestList), await askAll(referenceUrl, requestList)];
      expect(requestList.length).toBeGreaterThan(1_000);
      const used = new Map<string, number>();
      const unmeant: object[] = [];
      requestList.forEach((request, index) => {
        const [ours, other] = [mulle[index], theirs[index]] as readonly [Answer, Answer];
        if (JSON.stringify(ours) === JSON.stringify(other)) return;
        const difference = differences.find((each) => each.holds(request, ours, other));
        if (difference) used.set(difference.reason, (used.get(difference.reason) ?? 0) + 1);
        else unmeant.push({ request, ours, other });
      });
      expect(unmeant).toEqual([]);
      // A reason that nothing needs any more goes.
      expect(used.size).toBe(differences.length);
      expect(differences.length).toBeLessThanOrEqual(10);
    },
    startMs,
  );

  test(
    'the client finds the same by every clause and order of the search grammar',
    async () => {
      const [ours, theirs] = await Promise.all([
        runScript('search', platform.controlUrl, sandbox.project),
        runScript('search', referenceUrl, sandbox.project),
      ]);
      expect(ours['clauses']).toEqual(theirs['clauses']);
      expect(ours).toMatchObject({
        ids: theirs['ids'],
        orders: theirs['orders'],
        pages: theirs['pages'],
        experiments: theirs['experiments'],
        'foreign token': theirs['foreign token'],
        'bad order': theirs['bad order'],
        'too many': theirs['too many'],
        'still there': 3,
        beyond: [['alpha', 'gamma'], ['beta'], ['alpha', 'beta', 'gamma']],
      });
      // Everything that is no clause is refused; the reference passes over a clause that is not there.
      expect(new Set(Object.values(ours['refused'] ?? {}))).toEqual(new Set(['INVALID_PARAMETER_VALUE']));
    },
    startMs,
  );
});
