export { describePmml, type PmmlDescription } from './describe-pmml.ts';
export { inputValue, outputsOf } from './pmml-signature.ts';
export { scoringOf } from './row-score.ts';
