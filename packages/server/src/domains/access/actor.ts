import type { AccessRole } from '@mulle/contract';

/** Who calls. `internal` is another role of this installation. `name` is what activity, approvals and audit record. */
export interface Actor {
  readonly name: string;
  readonly role: AccessRole | 'internal';
}

const order: readonly AccessRole[] = ['viewer', 'member', 'maintainer', 'owner'];

/** Whether the actor may do what asks for `role`. Other roles of the installation act for the platform: they may. */
export function holdsRole(actor: Actor, role: AccessRole): boolean {
  return actor.role === 'internal' || order.indexOf(actor.role) >= order.indexOf(role);
}
