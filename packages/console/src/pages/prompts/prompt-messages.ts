import type { PromptVersion } from '@mulle/contract';

interface PromptMessage {
  /** Undefined for a prompt that is no chat. */
  readonly role: string | undefined;
  readonly content: string;
}

/** The messages of a chat prompt; a text is one without a role. What cannot be read as messages is shown as it is. */
export function messagesOf({ type, template }: Pick<PromptVersion, 'type' | 'template'>): PromptMessage[] {
  const whole = [{ role: undefined, content: template }];
  if (type !== 'chat') return whole;
  try {
    const list: unknown = JSON.parse(template);
    if (!Array.isArray(list)) return whole;
    return list.map((each: unknown) => ({
      role: String(Reflect.get(Object(each), 'role') ?? ''),
      content: String(Reflect.get(Object(each), 'content') ?? ''),
    }));
  } catch {
    return whole;
  }
}

/** A prompt as text, for comparing. */
export function promptText(version: Pick<PromptVersion, 'type' | 'template'>): string {
  return messagesOf(version)
    .map(({ role, content }) => (role === undefined ? content : `[${role}]\n${content}`))
    .join('\n\n');
}
