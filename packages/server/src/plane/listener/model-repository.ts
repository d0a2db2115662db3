/**
 * The repository extension of the Open Inference Protocol: models are the endpoints, their versions the variants.
 * https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_model_repository.md
 *
 * What is deployed is control's to say, so nothing is added here or taken away. Load starts the hosts of every variant
 * and waits until they answer; unload ends them and gives their memory back, until a request or a load starts them
 * again. Both are of this process.
 */
import { sleep } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { isRecord } from '../codecs/checks.ts';
import type { Serving, ServingEndpoint } from '../serving/serving.ts';
import type { ServingVariant } from '../serving/serving-variant.ts';

export interface IndexedModel {
  readonly name: string;
  readonly version: string;
  readonly state: 'READY' | 'LOADING' | 'UNAVAILABLE';
  /** Empty where it is ready. */
  readonly reason: string;
}

/** A new environment takes minutes: callers look at the index then. */
const loadMs = 60_000;

function stateOf(variant: ServingVariant): Pick<IndexedModel, 'state' | 'reason'> {
  if (variant.kind === 'rules' || variant.pool.isReady) return { state: 'READY', reason: '' };
  const { unavailable, hosts } = variant.pool;
  if (unavailable !== undefined) return { state: 'UNAVAILABLE', reason: unavailable };
  return hosts.length > 0 ? { state: 'LOADING', reason: '' } : { state: 'UNAVAILABLE', reason: 'unloaded' };
}

/** Every variant of every endpoint. */
export function repositoryIndex({ endpoints }: Serving, onlyReady: boolean): IndexedModel[] {
  return [...endpoints.values()]
    .flatMap(({ name, variants }) =>
      [...variants.values()].map((variant) => ({ name, version: variant.version, ...stateOf(variant) })),
    )
    .filter(({ state }) => !onlyReady || state === 'READY');
}

/** Throws `invalid_argument` where a client wants to configure a model or to send its files. */
export function refuseConfiguration(body: unknown): void {
  const given = isRecord(body) && isRecord(body['parameters']) ? Object.keys(body['parameters']) : [];
  // Dependents of a model are unloaded with it: it has none here.
  const other = given.find((name) => name !== 'unload_dependents');
  if (other === undefined) return;
  throw new MulleError(
    'invalid_argument',
    `"${other}" cannot be given: models come here by \`mulle register\` and \`mulle deploy\`.`,
  );
}

/** Resolves when every variant answers; rejects with `unavailable` and the reason, or `deadline_exceeded`. */
export async function loadModels({ name, variants }: ServingEndpoint): Promise<void> {
  const waiting = new AbortController();
  const loads = [...variants.values()].map(async (variant) => {
    if (variant.kind === 'rules') return;
    await variant.pool.load();
    if (variant.pool.unavailable !== undefined) {
      throw new MulleError('unavailable', `${variant.id} does not load: ${variant.pool.unavailable}`);
    }
  });
  const late = sleep(loadMs, waiting.signal).then(() => {
    throw new MulleError(
      'deadline_exceeded',
      `${name} is still being loaded. POST /v2/repository/index tells when it is ready.`,
    );
  });
  try {
    await Promise.race([Promise.all(loads), late]);
  } finally {
    waiting.abort();
    late.catch(() => undefined);
  }
}

/** Resolves when the hosts of every variant are gone; rejects with `conflict` while requests keep coming. */
export async function unloadModels({ name, variants }: ServingEndpoint): Promise<void> {
  const unloads = [...variants.values()].map((variant) =>
    variant.kind === 'rules' ? Promise.resolve(true) : variant.pool.unload(),
  );
  if ((await Promise.all(unloads)).every(Boolean)) return;
  throw new MulleError('conflict', `${name} is being asked all the time. Unload it when its callers rest.`);
}
