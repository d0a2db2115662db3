/**
 * The data role: answers callers, and goes on doing so when everything else is dead.
 *
 * States: starting (definitions and dials from disk, online features from snapshot and journal) → serving → draining →
 * closed. It serves what control said last; new definitions are served once their models are loaded, or 30 s later, and
 * written to disk behind that. Nothing on the request path touches a disk, a database or another service.
 */
import { mkdir } from 'node:fs/promises';
import type { DataStatus, Definitions, SnapshotEndpoint, SnapshotLine } from '@mulle/contract';
import { nowMs } from '#kernel/clock.ts';
import { newId } from '#kernel/ids.ts';
import type { BlobStore } from '#platform/blobs/index.ts';
import { JournalReader, openJournalWriter, type JournalWriter } from '#platform/events/index.ts';
import { LazyGrpc } from './grpc/lazy-grpc.ts';
import { TrafficListener } from './listener/traffic-listener.ts';
import { trafficHandlers } from './listener/traffic-handlers.ts';
import { OnlineFeatures } from './outcomes/online-features.ts';
import type { PathServices } from './request-path/exchange.ts';
import { RateLimiter } from '#kernel/rate-limiter.ts';
import { hostCommands } from './runtimes/host-commands.ts';
import { residentBytes } from './runtimes/process-usage.ts';
import { VariantRegistry, type HostEvent } from './runtimes/variant-registry.ts';
import { RuleCompiler } from './serving/rule-serving.ts';
import { compileServing, nothingServed, type Serving } from './serving/serving.ts';
import { isSettled } from './serving/serving-variant.ts';
import { ShadowQueue } from './serving/shadow-queue.ts';
import { PredictionCache } from './serving/prediction-cache.ts';
import { StaleAnswers } from './serving/stale-answers.ts';
import { parseDefinitions, parseDials } from './snapshot/check-snapshot.ts';
import { ReleaseWeights } from './snapshot/release-weights.ts';
import { SnapshotClient } from './snapshot/snapshot-client.ts';
import { SnapshotFiles } from './snapshot/snapshot-files.ts';
import { EndpointMetrics } from './telemetry/endpoint-metrics.ts';

export interface DataRoleOptions {
  /** Name of this process, and of its journal: `data-0`. */
  process: string;
  host: string;
  /** 0: any free one. */
  port: number;
  /** Folder of what this process keeps for its own restart. */
  folder: string;
  journalFolder: string;
  /** Folder for what model hosts need beside the bytes of their models. */
  hostsFolder: string;
  /** Bound of the events that wait for their commit; default `limits.journalBufferBytes`. */
  journalBufferBytes?: number;
  blobs: Pick<BlobStore, 'localPath'>;
  /** Null: nobody else is there, and what is on disk is served. */
  controlUrl: string | null;
  internalToken: string;
  maxConcurrentRequests: number;
  requestBodyBytes: number;
  /** Told what an operator should know, a sentence at a time. */
  log: (message: string) => void;
}

export interface DataRole {
  readonly port: number;
  /** Answers what was accepted, records it, ends the model hosts. */
  close(): Promise<void>;
}

const warmUpMs = 30_000;
const snapshotEveryMs = 30_000;
const restoreBeforeListeningMs = 1_000;
const definitionsFile = 'definitions.json';
const dialsFile = 'dials.json';

/** Starts the role; resolves when it listens. Rejects with `conflict` when another process owns the journal's name. */
export async function startDataRole(options: DataRoleOptions): Promise<DataRole> {
  const plane = new DataPlane(options);
  return await plane.start();
}

/** Whether an endpoint has rules, or expressions that say who is sent where. */
function needsRules({ rules, ruleVariants, release, definition }: SnapshotEndpoint): boolean {
  const overrides = [...(release?.overrides ?? []), ...(definition.overrides ?? [])];
  return rules !== undefined || ruleVariants !== undefined || overrides.some(({ cohort }) => cohort !== undefined);
}

class DataPlane {
  #serving: Serving = nothingServed;
  readonly #options: DataRoleOptions;
  readonly #files: SnapshotFiles;
  readonly #weights = new ReleaseWeights();
  readonly #limiter = new RateLimiter();
  readonly #rules = new RuleCompiler();
  readonly #registry: VariantRegistry;
  readonly #features: OnlineFeatures;
  readonly #metrics = new Map<string, EndpointMetrics>();
  readonly #shadows = new Map<string, ShadowQueue>();
  readonly #staleAnswers = new Map<string, StaleAnswers>();
  /** By endpoint: those of earlier bounds or features are let go. */
  readonly #caches = new Map<string, { readonly bounds: string; readonly cache: PredictionCache }>();
  #journal: JournalWriter | undefined;
  #wasReady = false;
  #client: SnapshotClient | undefined;
  /** Definitions that came while others were being loaded: only the newest is kept. */
  #next: Definitions | undefined;
  #swapping: Promise<void> | undefined;

  constructor(options: DataRoleOptions) {
    this.#options = options;
    this.#files = new SnapshotFiles(options.folder, options.log);
    this.#features = new OnlineFeatures(this.#files);
    this.#registry = new VariantRegistry({
      command: hostCommands({ blobs: options.blobs, folder: options.hostsFolder, log: options.log }),
      onHostEvent: (event) => this.#recordHostEvent(event),
      onBatch: (endpoint, rows) => {
        const counters = this.#endpointMetrics(endpoint).at(nowMs());
        counters.batches++;
        counters.batchRows += rows;
      },
    });
  }

  async start(): Promise<DataRole> {
    const { host, port, journalFolder, journalBufferBytes, process, log, controlUrl, internalToken } = this.#options;
    await mkdir(journalFolder, { recursive: true });
    const journal = await openJournalWriter({
      dir: journalFolder,
      writer: process,
      ...(journalBufferBytes === undefined ? {} : { bufferBytes: journalBufferBytes }),
      onProblem: log,
      onCommitted: (offset) => this.#features.committed(offset),
    });
    this.#journal = journal;
    await this.#startFromDisk();
    const services: PathServices = {
      events: journal,
      limiter: this.#limiter,
      weights: this.#weights,
      bodyBytes: this.#options.requestBodyBytes,
    };
    const listener = new TrafficListener({
      host,
      port,
      maxConcurrentRequests: this.#options.maxConcurrentRequests,
      handlers: trafficHandlers({
        services,
        features: this.#features,
        internalToken,
        serving: () => this.#serving,
        isReady: () => this.#isReady(),
        status: () => this.#status(),
        metrics: (endpoint) => this.#endpointMetrics(endpoint),
        figures: () => this.#figures(),
      }),
      http2: (accept) => new LazyGrpc(accept, this.#options.requestBodyBytes),
    });
    const ownPort = await listener.listen();
    if (controlUrl !== null) this.#follow(controlUrl, internalToken);
    const ticking = setInterval(() => this.#registry.tick(), 1_000);
    const snapshots = setInterval(() => void this.#features.snapshot(), snapshotEveryMs);
    return {
      port: ownPort,
      close: async () => {
        clearInterval(ticking);
        clearInterval(snapshots);
        await this.#client?.close();
        await listener.close();
        await this.#swapping;
        await this.#registry.close();
        await journal.close();
        await this.#features.snapshot();
        await this.#files.settled();
      },
    };
  }

  #follow(controlUrl: string, internalToken: string): void {
    this.#client = new SnapshotClient({
      controlUrl,
      internalToken,
      log: this.#options.log,
      onConnect: () => this.#weights.beginConnection(),
      onLine: (line) => this.#takeLine(line),
    });
  }

  /** Ready once every released variant has a host or is known not to load; what happens later is for fallbacks. */
  #isReady(): boolean {
    const released = [...this.#serving.endpoints.values()].flatMap(({ variants }) =>
      [...variants.values()].filter(({ isReleased }) => isReleased),
    );
    this.#wasReady ||= this.#serving.version > 0 && released.every(isSettled);
    return this.#wasReady;
  }

  async #startFromDisk(): Promise<void> {
    const definitions = await this.#files.read(definitionsFile, parseDefinitions);
    const dials = await this.#files.read(dialsFile, parseDials);
    // What was on disk may be of any age: dials that may grow stale count as stale until control confirms them.
    for (const dial of dials ?? []) this.#weights.accept(dial, 0);
    if (definitions !== undefined) {
      const compiled = await this.#compile(definitions);
      if (compiled !== undefined) await this.#serve(compiled, definitions);
      void this.#registry.warmUp(warmUpMs);
    }
  }

  /** The swap. Before the first one the online features are restored, as far as a second goes. */
  async #serve(compiled: Omit<Serving, 'windows'>, definitions: Definitions): Promise<void> {
    const windows = this.#features.setViews(definitions.featureViews);
    if (this.#serving.version === 0) await this.#restoreFeatures();
    this.#serving = { ...compiled, windows };
  }

  /** Waits for a second at most: a long tail is folded while requests are answered. */
  async #restoreFeatures(): Promise<void> {
    const { journalFolder, process, log } = this.#options;
    const reader = new JournalReader({ dir: journalFolder, onProblem: log });
    const restored = this.#features
      .restore({
        readAfter: (afterOffset, limit) =>
          reader.readAfter({ writer: process, topics: ['outcomes'], afterOffset, limit }),
        endOffset: () => reader.endOffsets()[process] ?? 0,
      })
      .catch((thrown: unknown) => log(`Online features could not be restored: ${String(thrown)}`))
      .finally(() => void reader.close());
    const timer = Promise.withResolvers<void>();
    const handle = setTimeout(timer.resolve, restoreBeforeListeningMs);
    await Promise.race([restored, timer.promise]);
    clearTimeout(handle);
  }

  #takeLine(line: SnapshotLine): boolean {
    switch (line.kind) {
      case 'heartbeat':
        return this.#weights.confirm(line.epoch, nowMs());
      case 'dial':
        if (this.#weights.accept(line.dial, nowMs())) this.#writeDials();
        return true;
      case 'definitions':
        if (line.definitions.digest === this.#serving.digest && line.definitions.version === this.#serving.version)
          return true;
        this.#next = line.definitions;
        this.#swapping ??= this.#swap().finally(() => (this.#swapping = undefined));
        return true;
    }
  }

  /** Loads what is new, then swaps, until nothing newer has come. */
  async #swap(): Promise<void> {
    for (let definitions = this.#next; definitions !== undefined; definitions = this.#next) {
      this.#next = undefined;
      const compiled = await this.#compile(definitions);
      if (compiled === undefined) continue;
      await this.#registry.warmUp(warmUpMs);
      await this.#serve(compiled, definitions);
      this.#registry.retireUnnamed();
      this.#limiter.retain(new Set(definitions.keys.map(({ id }) => id)));
      void this.#files.write(definitionsFile, JSON.stringify(definitions));
      // Dials of releases that the next definitions bring are here already.
      if (this.#next !== undefined) continue;
      this.#weights.retain(new Set(definitions.endpoints.flatMap(({ release }) => release?.id ?? [])));
      this.#writeDials();
    }
  }

  async #compile(definitions: Definitions): Promise<Omit<Serving, 'windows'> | undefined> {
    if (definitions.endpoints.some(needsRules)) await this.#rules.load();
    this.#registry.beginNaming();
    this.#rules.begin();
    try {
      return compileServing(definitions, {
        variant: (endpoint, variant, names, isReleased) => this.#registry.name(endpoint, variant, names, isReleased),
        rules: (ruleSet) => this.#rules.compile(ruleSet),
        expression: (source) => this.#rules.expression(source),
        metrics: (endpoint) => this.#endpointMetrics(endpoint),
        shadows: (endpoint) => {
          const queue = this.#shadows.get(endpoint) ?? new ShadowQueue();
          this.#shadows.set(endpoint, queue);
          return queue;
        },
        cache: (...wanted) => this.#cache(...wanted),
        staleAnswers: (endpoint, names) => {
          const key = JSON.stringify([endpoint, names]);
          const known = this.#staleAnswers.get(key) ?? new StaleAnswers();
          this.#staleAnswers.set(key, known);
          return known;
        },
      });
    } catch (thrown) {
      this.#options.log(`Definitions ${definitions.version} are not served: ${String(thrown)}. Those before go on.`);
      return undefined;
    }
  }

  #cache(endpoint: string, names: readonly string[], ttlMs: number, entries: number): PredictionCache {
    const bounds = JSON.stringify([names, ttlMs, entries]);
    const known = this.#caches.get(endpoint);
    if (known?.bounds === bounds) return known.cache;
    const cache = new PredictionCache(ttlMs, entries);
    this.#caches.set(endpoint, { bounds, cache });
    return cache;
  }

  #writeDials(): void {
    void this.#files.write(dialsFile, JSON.stringify(this.#weights.list()));
  }

  #recordHostEvent(event: HostEvent): string {
    const { kind, variant, endpoint } = event;
    const id = newId('host');
    const causeId = kind === 'restarted' ? event.causeId : undefined;
    const value: Record<string, unknown> = { ...event, process: this.#options.process };
    this.#journal?.append({
      topic: 'activity',
      type: `host-${kind}`,
      key: variant,
      id,
      timeMs: nowMs(),
      ...(causeId === undefined ? {} : { causeId }),
      value,
    });
    const of = `of ${variant} (${endpoint})`;
    if (kind === 'restarted') this.#options.log(`A host ${of} answers again after ${Math.round(event.downMs)} ms.`);
    else if (event.loadError === null)
      this.#options.log(`A host ${of} ended (${event.reason ?? event.signal ?? `exit ${event.code}`}).`);
    else this.#options.log(`The model ${of} does not load: ${event.loadError}`);
    return id;
  }

  #endpointMetrics(endpoint: string): EndpointMetrics {
    const known = this.#metrics.get(endpoint) ?? new EndpointMetrics();
    this.#metrics.set(endpoint, known);
    return known;
  }

  #figures() {
    return {
      process: this.#options.process,
      decisionsDropped: this.#journal?.stats().dropped ?? 0,
      definitionsVersion: this.#serving.version,
      dialsEpoch: this.#weights.epoch,
      controlConnected: this.#client?.connected ?? false,
    };
  }

  async #status(): Promise<DataStatus> {
    const atMs = nowMs();
    const endpoints = [...this.#serving.endpoints.values()].map(async ({ name, metrics }) => {
      const { requests, failures, bySource, byVariant, stagesMs, latency, batches, batchRows } = metrics.recent(atMs);
      return {
        endpoint: name,
        requests,
        failures,
        bySource,
        byVariant,
        latencyMs: {
          p50: latency.quantile(0.5),
          p95: latency.quantile(0.95),
          p99: latency.quantile(0.99),
          p999: latency.quantile(0.999),
        },
        stagesMs: Object.fromEntries(
          Object.entries(stagesMs).map(([stage, ms]) => [stage, ms / Math.max(1, requests)]),
        ),
        meanBatchRows: batchRows / Math.max(1, batches),
        watermarkMs: this.#features.watermarkMs(name),
        ...(await this.#registry.status(name)),
      };
    });
    return {
      ...this.#figures(),
      pid: process.pid,
      residentBytes: (await residentBytes(process.pid)) ?? process.memoryUsage.rss(),
      endpoints: await Promise.all(endpoints),
    };
  }
}
