export { startAnalyser } from './analyser/start-analyser.ts';
export { startCompactor } from './compaction.ts';
export { startWork } from './work-role.ts';
