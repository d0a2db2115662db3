import { Type, type Static } from './type.ts';
import { ModelName } from './names.ts';

/** One immutable version of a prompt. */
export const PromptVersion = Type.Object({
  prompt: ModelName,
  version: Type.Integer({ minimum: 1 }),
  /** The text with its `{{variables}}`; of a chat the messages as JSON. */
  template: Type.String(),
  type: Type.Enum(['text', 'chat']),
  aliases: Type.Array(Type.String()),
  tags: Type.Record(Type.String(), Type.String()),
  /** Why it was changed. */
  description: Type.String(),
  createdAtMs: Type.Number(),
});
export type PromptVersion = Static<typeof PromptVersion>;

export const Prompt = Type.Object({
  name: ModelName,
  description: Type.String(),
  tags: Type.Record(Type.String(), Type.String()),
  /** Alias → version. */
  aliases: Type.Record(Type.String(), Type.Integer()),
  createdAtMs: Type.Number(),
  updatedAtMs: Type.Number(),
});
export type Prompt = Static<typeof Prompt>;
