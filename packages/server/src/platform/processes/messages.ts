import type { ErrorCode } from '@mulle/contract';

/** What a child tells its parent over the IPC channel. */
export type ChildMessage =
  | { kind: 'ready'; details: Record<string, unknown> }
  | { kind: 'failed'; code: ErrorCode; message: string };

/** What a parent asks of a child. The end of the channel itself means: exit. */
export interface ParentMessage {
  kind: 'stop';
}

export function isChildMessage(message: unknown): message is ChildMessage {
  return (
    typeof message === 'object' &&
    message !== null &&
    'kind' in message &&
    (message.kind === 'ready' || message.kind === 'failed')
  );
}

export function isStop(message: unknown): message is ParentMessage {
  return typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'stop';
}
