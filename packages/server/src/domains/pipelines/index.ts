export { templateReferences } from './templates.ts';
