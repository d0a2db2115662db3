export { createControlServer, type ControlServerOptions } from './server.ts';
export { type Answer, type Call, type Handler, type Handlers, type ServerSentEvent } from './handler.ts';
