export { holdsRole, type Actor } from './actor.ts';
export { isLoopback } from './loopback.ts';
