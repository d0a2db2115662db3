/**
 * What attributes of a span mean, by the conventions that tracers follow: MLflow's own, OpenTelemetry's for generative
 * AI (development, as of semantic conventions 1.37, with the names it deprecated) and OpenInference. The first that is
 * there counts.
 */
type Attributes = Readonly<Record<string, unknown>>;

const operationTypes: Readonly<Record<string, string>> = {
  chat: 'CHAT_MODEL',
  generate_content: 'CHAT_MODEL',
  text_completion: 'LLM',
  embeddings: 'EMBEDDING',
  execute_tool: 'TOOL',
  invoke_agent: 'AGENT',
  create_agent: 'AGENT',
};

const inputKeys = ['mlflow.spanInputs', 'gen_ai.input.messages', 'gen_ai.prompt', 'input.value'];
const outputKeys = ['mlflow.spanOutputs', 'gen_ai.output.messages', 'gen_ai.completion', 'output.value'];
const inputTokenKeys = ['gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens', 'llm.token_count.prompt'];
const outputTokenKeys = ['gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens', 'llm.token_count.completion'];
const sessionKeys = ['mlflow.trace.session', 'session.id', 'gen_ai.conversation.id', 'langfuse.session.id'];
const userKeys = ['mlflow.trace.user', 'user.id', 'langfuse.user.id'];

function first(attributes: Attributes, keys: readonly string[]): unknown {
  const key = keys.find((candidate) => attributes[candidate] !== undefined && attributes[candidate] !== null);
  return key === undefined ? undefined : attributes[key];
}

function textOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** LLM, CHAIN, TOOL, … ; UNKNOWN where nothing says. */
export function spanType(attributes: Attributes): string {
  const own = attributes['mlflow.spanType'] ?? attributes['openinference.span.kind'];
  // Some exporters send MLflow's own attributes as JSON text.
  if (typeof own === 'string' && own !== '') return own.replaceAll('"', '');
  return operationTypes[String(attributes['gen_ai.operation.name'])] ?? 'UNKNOWN';
}

/** Tokens that the span itself says it used, or that it sums up for those below it. */
export function spanTokens(attributes: Attributes): { input: number | null; output: number | null } {
  const usage = attributes['mlflow.chat.tokenUsage'];
  if (typeof usage === 'object' && usage !== null) {
    return {
      input: countOf('input_tokens' in usage ? usage.input_tokens : undefined),
      output: countOf('output_tokens' in usage ? usage.output_tokens : undefined),
    };
  }
  return { input: countOf(first(attributes, inputTokenKeys)), output: countOf(first(attributes, outputTokenKeys)) };
}

export const spanInputs = (attributes: Attributes): string | undefined => textOf(first(attributes, inputKeys));
export const spanOutputs = (attributes: Attributes): string | undefined => textOf(first(attributes, outputKeys));
export const spanSession = (attributes: Attributes): string | undefined => textOf(first(attributes, sessionKeys));
export const spanUser = (attributes: Attributes): string | undefined => textOf(first(attributes, userKeys));

const tagPrefix = 'mlflow.traceTag.';

/** Tags of the whole trace that its root span carries. */
export function traceTags(attributes: Attributes): Record<string, string> {
  const carried = Object.entries(attributes).filter(([key]) => key.startsWith(tagPrefix));
  return Object.fromEntries(carried.map(([key, value]) => [key.slice(tagPrefix.length), textOf(value) ?? '']));
}
