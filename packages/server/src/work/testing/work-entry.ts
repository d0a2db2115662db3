/** Work and its parts as processes, for tests that kill them; the analyser alone, which work runs within. */
import { readRoleConfig } from '#config/index.ts';
import { runChild } from '#platform/processes/index.ts';
import { startAnalyser, startCompactor, startWork } from '../index.ts';

const role = readRoleConfig();
const start = {
  analyser: () => startAnalyser(role),
  compactor: () => startCompactor(role),
  work: () => startWork(role, import.meta.filename),
}[process.argv[3] ?? ''];
if (start === undefined) throw new Error(`Role ${process.argv[3]} is unknown.`);
await runChild(start);
