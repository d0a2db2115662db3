export { lockHome } from './home-lock.ts';
export { freePort } from './free-port.ts';
export { runChild, type RunningChild } from './run-child.ts';
export {
  supervise,
  type ProcessEvent,
  type ProcessSpec,
  type SuperviseOptions,
  type SupervisedProcess,
} from './supervise.ts';
