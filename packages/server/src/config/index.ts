export { homeLayout, type HomeLayout } from './home.ts';
export { environmentName, loadConfig, redactConfig, type Config, type ConfigSources } from './load-config.ts';
export {
  childEnvironment,
  commandEnvironment,
  nodeEnvironment,
  packageEnvironment,
  processEnvironment,
} from './process-environment.ts';
export { readRoleConfig, type RoleConfig } from './role-config.ts';
