import type { EndpointDefinition } from '@mulle/contract';
import { monotonicMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';

const timeoutMs = 30_000;

export interface AskOptions {
  /** Base URLs of the data processes, as they are now. */
  readonly dataUrls: () => readonly string[];
}

interface Asked {
  /** What a caller would send: a record or many, or tensors. */
  readonly request: unknown;
  /** Answers past the release, out of experiments. */
  readonly version?: string;
  /** The caller's own key. */
  readonly authorization: string | undefined;
}

export interface TriedAnswer {
  url: string;
  status: number;
  latencyMs: number;
  headers: Record<string, string>;
  body: unknown;
}

/** Asks an endpoint as its callers do, by a data process of this installation; whatever it answers is the result. */
export async function askEndpoint(
  options: AskOptions,
  definition: Pick<EndpointDefinition, 'name' | 'tensors'>,
  { request, version, authorization }: Asked,
): Promise<TriedAnswer> {
  const [base] = options.dataUrls();
  if (base === undefined) throw new MulleError('unavailable', 'No data process runs. Start one: mulle up.');
  const name = encodeURIComponent(definition.name);
  const path = definition.tensors === undefined ? `/v1/endpoints/${name}/predict` : `/v2/models/${name}/infer`;
  const url = new URL(path, base);
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    ...(version === undefined ? {} : { 'x-model-version': version }),
    ...(authorization === undefined ? {} : { authorization }),
  };
  const startedMs = monotonicMs();
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers,
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (thrown) {
    const late = thrown instanceof Error && thrown.name === 'TimeoutError';
    throw new MulleError(
      late ? 'deadline_exceeded' : 'unavailable',
      `The data process at ${url.origin} gave no answer. GET /api/endpoints/${definition.name}/status tells why.`,
      { cause: thrown },
    );
  }
  const text = await response.text();
  return {
    url: url.href,
    status: response.status,
    latencyMs: monotonicMs() - startedMs,
    headers: Object.fromEntries([...response.headers].filter(([key]) => key.startsWith('x-'))),
    body: parsed(text),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
