export { homeLayout, type HomeLayout } from './home.ts';
export { environmentName, loadConfig, redactConfig, type Config, type ConfigSources } from './load-config.ts';
export { childEnvironment, commandEnvironment, processEnvironment, roleConfig } from './process-environment.ts';
