import type { FastifyInstance } from 'fastify';
import { call, inVersion3, type MlflowCall } from './call.ts';

/** The version of MLflow's protocol that is spoken: below 3.4 its clients would not send spans by OTLP. */
const protocolVersion = '3.6.0';

/** What a client asks before anything else. */
export function serverCalls(): readonly MlflowCall[] {
  const info = { store_type: 'SqlStore', workspaces_enabled: false };
  return [inVersion3(call('GET', 'server-info', 'viewer', async () => info))];
}

/** Plain text outside the call table; open to all, as on MLflow's own server. */
export function serverProbes(scope: FastifyInstance): void {
  scope.get('/health', async (_request, reply) => reply.type('text/plain').send('OK'));
  scope.get('/version', async (_request, reply) => reply.type('text/plain').send(protocolVersion));
}
