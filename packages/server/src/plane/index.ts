export { startDataRole, type DataRole, type DataRoleOptions } from './data-role.ts';
