import type { Handlers } from '../handler.ts';

export function healthHandlers(version: string): Pick<Handlers, 'health'> {
  return { health: async () => ({ status: 'ok', version }) };
}
