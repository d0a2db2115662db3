import type { EndpointDefinition, HostStatus, ServableVariant } from '@mulle/contract';
import { sleep } from '#kernel/clock.ts';
import type { HostCommand } from './host-process.ts';
import { VariantGuard } from './variant-guard.ts';
import { VariantPool, type VariantPoolOptions } from './variant-pool.ts';
import { residentBytes } from './resident-bytes.ts';

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
    }
  | { kind: 'restarted'; endpoint: string; variant: string; pid: number | null; downMs: number; causeId: string };

export interface VariantRegistryOptions {
  /** The command that hosts an artifact. Rejects while its bytes are not here. */
  command: (variant: ServableVariant) => Promise<HostCommand>;
  /** Records an event and returns its id. */
  onHostEvent: (event: HostEvent) => string;
  onBatch: (endpoint: string, rows: number) => void;
}

export interface RegisteredVariant {
  readonly kind: 'hosted';
  readonly id: string;
  readonly version: string;
  readonly endpoint: string;
  readonly pool: VariantPool;
  readonly guard: VariantGuard;
  isReleased: boolean;
}

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
    const { name, hosts = 1 } = endpoint;
    const key = JSON.stringify([name, variant.id, variant.artifact, variant.features, featureNames, hosts]);
    this.#named.add(key);
    const known = this.#variants.get(key);
    if (known !== undefined) {
      known.isReleased = isReleased;
      return known;
    }
    const registered: RegisteredVariant = {
      kind: 'hosted',
      id: variant.id,
      version: variant.version,
      endpoint: name,
      pool: new VariantPool(this.#poolOptions(name, variant, featureNames, hosts)),
      guard: new VariantGuard(),
      isReleased,
    };
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

  #poolOptions(
    endpoint: string,
    variant: ServableVariant,
    featureNames: readonly string[],
    hosts: number,
  ): VariantPoolOptions {
    const missing = variant.features.find((feature) => !featureNames.includes(feature));
    const { onHostEvent, onBatch, command } = this.#options;
    const subject = { endpoint, variant: variant.id };
    return {
      hosts,
      columns: variant.features.map((feature) => featureNames.indexOf(feature)),
      command: () =>
        missing === undefined
          ? command(variant)
          : Promise.reject(
              new Error(`${variant.id} needs the feature "${missing}", which ${endpoint} does not compute.`),
            ),
      onExit: (exit) => onHostEvent({ kind: 'exited', ...subject, ...exit }),
      onRestart: (restart) => onHostEvent({ kind: 'restarted', ...subject, ...restart }),
      onBatch: (rows) => onBatch(endpoint, rows),
    };
  }
}
