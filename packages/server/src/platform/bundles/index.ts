export { describeModel, modelFile, type ModelDescription } from './model-description.ts';
export { readBundle } from './read-bundle.ts';
export { unpackBundle } from './unpack-bundle.ts';
