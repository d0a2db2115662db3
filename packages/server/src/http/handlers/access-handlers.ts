import type { AccessService, AuditLog } from '#domains/access/index.ts';
import type { Handlers } from '../handler.ts';

type AccessHandlers = Pick<Handlers, 'listKeys' | 'createKey' | 'deleteKey' | 'listAudit' | 'verifyAudit'>;

export function accessHandlers(access: AccessService, audit: AuditLog): AccessHandlers {
  return {
    listKeys: async () => ({ items: await access.listKeys() }),
    createKey: ({ actor, body }) => access.createKey(actor, body),
    deleteKey: async ({ actor, params }) => {
      await access.deleteKey(actor, params.id);
      return {};
    },
    listAudit: ({ query }) => audit.list(query),
    verifyAudit: () => audit.verify(),
  };
}
