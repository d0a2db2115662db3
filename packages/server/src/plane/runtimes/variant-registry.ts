import type { EndpointDefinition, HostLimits, HostStatus, ModelSignature, ServableVariant } from '@mulle/contract';
import { sleep } from '#kernel/clock.ts';
import type { HostCommand } from './host-process.ts';
import { VariantGuard } from './variant-guard.ts';
import { RowBatching, type FeatureRows } from './row-batching.ts';
import { mayShareRows, TensorBatching, type TensorRows } from './tensor-batching.ts';
import type { Tensor } from '../tensors/tensor.ts';
import { VariantPool, type VariantPoolOptions } from './variant-pool.ts';
import { residentBytes } from './process-usage.ts';

/** Requests that began before a swap may still come to a variant that the new definitions do not name. */
const retirementMs = 5_000;

/** What the hosts of a variant tell of their life. */
export type HostEvent =
  | {
      kind: 'exited';
      endpoint: string;
      variant: string;
      pid: number | null;
      code: number | null;
      signal: string | null;
      rowsInFlight: number;
      loadError: string | null;
      reason: string | null;
    }
  | { kind: 'restarted'; endpoint: string; variant: string; pid: number | null; downMs: number; causeId: string };

export interface VariantRegistryOptions {
  /** The command that hosts an artifact. Rejects while its bytes are not here. */
  command: (variant: ServableVariant, limits: HostLimits) => Promise<HostCommand>;
  /** Records an event and returns its id. */
  onHostEvent: (event: HostEvent) => string;
  onBatch: (endpoint: string, rows: number) => void;
}

interface Registered {
  readonly id: string;
  readonly version: string;
  readonly endpoint: string;
  readonly guard: VariantGuard;
  isReleased: boolean;
}

/** Scores rows, or answers tensors with tensors. */
export type RegisteredVariant = Registered &
  (
    | { readonly kind: 'hosted'; readonly pool: VariantPool<FeatureRows, number[]> }
    | { readonly kind: 'tensors'; readonly pool: VariantPool<TensorRows, readonly Tensor[]> }
  );

/**
 * The variants that are loaded, whatever definitions they came with: a variant of the same bytes, columns and number of
 * hosts goes on running through a swap. Those that newer definitions do not name are ended once their work is done.
 * Variants of a release are loaded before the swap; the others when they are first asked for by their version, and
 * ended after five minutes without a request.
 */
export class VariantRegistry {
  readonly #options: VariantRegistryOptions;
  readonly #variants = new Map<string, RegisteredVariant>();
  #named = new Set<string>();

  constructor(options: VariantRegistryOptions) {
    this.#options = options;
  }

  /** The names in the next definitions begin here. */
  beginNaming(): void {
    this.#named = new Set();
  }

  name(
    endpoint: EndpointDefinition,
    variant: ServableVariant,
    featureNames: readonly string[],
    isReleased: boolean,
  ): RegisteredVariant {
    const { name, hosts = 1, hostLimits } = endpoint;
    const key = JSON.stringify([
      name,
      variant.id,
      variant.artifact,
      variant.features,
      variant.signature,
      featureNames,
      hosts,
      hostLimits,
    ]);
    this.#named.add(key);
    const known = this.#variants.get(key);
    if (known !== undefined) {
      known.isReleased = isReleased;
      return known;
    }
    const { id, version } = variant;
    const guard = new VariantGuard();
    const common = { id, version, endpoint: name, guard, isReleased };
    const registered: RegisteredVariant = variant.signature
      ? { kind: 'tensors', ...common, pool: this.#tensorPool(endpoint, variant, variant.signature, guard) }
      : { kind: 'hosted', ...common, pool: this.#rowPool(endpoint, variant, featureNames, guard) };
    this.#variants.set(key, registered);
    return registered;
  }

  /** Loads every named variant of a release; resolves when each is ready or known not to load, at the latest after `ms`. */
  async warmUp(ms: number): Promise<void> {
    const named = [...this.#variants].filter(([key, { isReleased }]) => isReleased && this.#named.has(key));
    const waiting = new AbortController();
    const started = Promise.all(named.map(([, { pool }]) => pool.start()));
    await Promise.race([started, sleep(ms, waiting.signal).catch(() => undefined)]);
    waiting.abort();
  }

  /** Ends what the last definitions did not name. */
  retireUnnamed(): void {
    for (const [key, { pool }] of this.#variants) {
      if (this.#named.has(key)) continue;
      this.#variants.delete(key);
      void pool.stop(retirementMs);
    }
  }

  /** To be called every second. */
  tick(): void {
    for (const { pool, isReleased } of this.#variants.values()) pool.tick(!isReleased);
  }

  async status(endpoint: string): Promise<{ hosts: HostStatus[]; guarded: Record<string, string> }> {
    const hosts: HostStatus[] = [];
    const guarded: Record<string, string> = {};
    for (const { endpoint: name, id, pool, guard } of this.#variants.values()) {
      if (name !== endpoint) continue;
      const reason = pool.unavailable ?? guard.reason;
      if (reason !== undefined) guarded[id] = reason;
      for (const { pid, state, restarts } of pool.hosts) {
        hosts.push({ variant: id, pid, state, restarts, residentBytes: await residentBytes(pid) });
      }
    }
    return { hosts, guarded };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#variants.values()].map(({ pool }) => pool.stop(0)));
  }

  #rowPool(
    endpoint: EndpointDefinition,
    variant: ServableVariant,
    featureNames: readonly string[],
    guard: VariantGuard,
  ): VariantPool<FeatureRows, number[]> {
    const missing = variant.features.find((feature) => !featureNames.includes(feature));
    const why = `${variant.id} needs the feature "${missing}", which ${endpoint.name} does not compute.`;
    return new VariantPool({
      ...this.#poolOptions(endpoint, variant, guard),
      ...(missing === undefined ? {} : { command: () => Promise.reject(new Error(why)) }),
      batching: new RowBatching(variant.features.map((feature) => featureNames.indexOf(feature))),
    });
  }

  #tensorPool(
    endpoint: EndpointDefinition,
    variant: ServableVariant,
    signature: ModelSignature,
    guard: VariantGuard,
  ): VariantPool<TensorRows, readonly Tensor[]> {
    return new VariantPool({
      ...this.#poolOptions(endpoint, variant, guard),
      batching: new TensorBatching(mayShareRows(signature)),
    });
  }

  #poolOptions(
    { name: endpoint, hosts = 1, hostLimits }: EndpointDefinition,
    variant: ServableVariant,
    guard: VariantGuard,
  ): Omit<VariantPoolOptions<{ readonly count: number }, unknown>, 'batching'> {
    const { onHostEvent, onBatch, command } = this.#options;
    const subject = { endpoint, variant: variant.id };
    return {
      hosts,
      limits: hostLimits,
      command: () => command(variant, hostLimits ?? {}),
      onExit: (exit) => onHostEvent({ kind: 'exited', ...subject, ...exit }),
      onRestart: (restart) => {
        guard.hostIsBack();
        onHostEvent({ kind: 'restarted', ...subject, ...restart });
      },
      onBatch: (rows) => onBatch(endpoint, rows),
    };
  }
}
