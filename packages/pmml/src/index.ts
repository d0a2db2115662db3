export { loadPmml, type PmmlModel, type Result } from './load-model.ts';
export { PmmlError } from './pmml-error.ts';
export type { DataType, Value } from './value.ts';
