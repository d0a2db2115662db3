import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  DataStatus,
  Definitions,
  Dial,
  EndpointDefinition,
  SnapshotEndpoint,
  SnapshotLine,
  StoredEvent,
  Topic,
} from '@mulle/contract';
import { monotonicMs, nowMs, sleep } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { sha256 } from '#kernel/ids.ts';
import { JournalReader } from '#platform/events/index.ts';
import { startDataRole, type DataRole, type DataRoleOptions } from '../data-role.ts';
import { definitionsDigest } from '../snapshot/check-snapshot.ts';

export const internalToken = 'internal-token-of-the-tests';

/** Control as data sees it: the snapshot stream over HTTP, and nothing else. */
export class SnapshotPublisher {
  readonly url: string;
  readonly #server: ReturnType<typeof createServer>;
  readonly #streams = new Set<ServerResponse>();
  #definitions: Definitions | undefined;
  #dials: Dial[] = [];
  #version = 0;
  readonly #heartbeat: NodeJS.Timeout;

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.#heartbeat = setInterval(() => this.#beat(), 5_000);
    server.on('request', (request, response: ServerResponse) => {
      if (request.headers.authorization !== `Bearer ${internalToken}`) return void response.writeHead(401).end();
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      this.#streams.add(response);
      response.on('close', () => this.#streams.delete(response));
      if (this.#definitions !== undefined)
        this.#send(response, { kind: 'definitions', definitions: this.#definitions });
      for (const dial of this.#dials) this.#send(response, { kind: 'dial', dial });
      response.flushHeaders();
    });
  }

  static async start(port = 0): Promise<SnapshotPublisher> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return new SnapshotPublisher(server);
  }

  define(content: Partial<Omit<Definitions, 'version' | 'digest' | 'createdAtMs'>>): number {
    const whole = { authentication: false, keys: [], featureViews: [], endpoints: [], ...content };
    this.#definitions = {
      version: ++this.#version,
      digest: definitionsDigest(whole),
      createdAtMs: nowMs(),
      ...whole,
    };
    this.#sendAll({ kind: 'definitions', definitions: this.#definitions });
    return this.#version;
  }

  dial(dial: Dial): void {
    this.#dials = [...this.#dials.filter(({ subject }) => subject !== dial.subject), dial];
    this.#sendAll({ kind: 'dial', dial });
  }

  /** Sends text as it is, in place of a line. */
  sendText(text: string): void {
    for (const stream of this.#streams) stream.write(text);
  }

  #beat(): void {
    const epoch = Math.max(0, ...this.#dials.map((dial) => dial.epoch));
    this.#sendAll({ kind: 'heartbeat', definitionsVersion: this.#version, epoch });
  }

  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    for (const stream of this.#streams) stream.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #sendAll(line: SnapshotLine): void {
    for (const stream of this.#streams) this.#send(stream, line);
  }

  #send(stream: ServerResponse, line: SnapshotLine): void {
    stream.write(`${JSON.stringify(line)}\n`);
  }
}

export interface Reply {
  status: number;
  headers: Headers;
  json: unknown;
}

async function replyOf(response: Response): Promise<Reply> {
  const text = await response.text();
  const json: unknown = text.startsWith('{') ? JSON.parse(text) : text;
  return { status: response.status, headers: response.headers, json };
}

/** Asks until it is so; fails after ten seconds. For states that nobody announces. */
export async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  const untilMs = monotonicMs() + 10_000;
  while (!(await isSo())) {
    if (monotonicMs() > untilMs) throw new Error('It did not come to be within ten seconds.');
    await sleep(5);
  }
}

/** A data role in a folder of its own, with the blobs that are put there. */
export class PlaneFixture {
  readonly folder: string;
  readonly publisher: SnapshotPublisher;
  readonly logged: string[] = [];
  #role: DataRole | undefined;

  private constructor(folder: string, publisher: SnapshotPublisher) {
    this.folder = folder;
    this.publisher = publisher;
  }

  static async create(): Promise<PlaneFixture> {
    const folder = await mkdtemp(join(tmpdir(), 'mulle-plane-'));
    await mkdir(join(folder, 'blobs'));
    return new PlaneFixture(folder, await SnapshotPublisher.start());
  }

  /** Stores bytes; returns their digest. */
  async putBlob(bytes: Uint8Array): Promise<string> {
    const digest = sha256(bytes);
    await writeFile(join(this.folder, 'blobs', digest), bytes);
    return digest;
  }

  async start(options: Partial<DataRoleOptions> = {}): Promise<void> {
    const { folder } = this;
    this.#role = await startDataRole({
      process: 'data-0',
      host: '127.0.0.1',
      port: 0,
      folder: join(folder, 'data-0'),
      journalFolder: join(folder, 'journal'),
      hostsFolder: join(folder, 'hosts'),
      blobs: {
        localPath: (digest) =>
          digest.length === 64
            ? Promise.resolve(join(folder, 'blobs', digest))
            : Promise.reject(new MulleError('not_found', 'no such blob')),
      },
      controlUrl: this.publisher.url,
      internalToken,
      maxConcurrentRequests: 4_096,
      requestBodyBytes: 65_536,
      log: (message) => this.logged.push(message),
      ...options,
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#role?.port ?? 0}`;
  }

  /** Sends a value as JSON, or text as it is. */
  async post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    const response = await fetch(`${this.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return replyOf(response);
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Reply> {
    return replyOf(await fetch(`${this.url}${path}`, { headers }));
  }

  async status(): Promise<DataStatus> {
    const { json } = await this.get('/internal/status', { authorization: `Bearer ${internalToken}` });
    return json as DataStatus;
  }

  /** Resolves when definitions of this version or later are served and their models loaded. */
  async serves(version: number): Promise<void> {
    await eventually(async () => (await this.status()).definitionsVersion >= version);
    await eventually(async () => (await this.get('/v2/health/ready')).status === 200);
  }

  /** Every event of a topic in the journal, once what was sent is committed. */
  async events(topic: Topic): Promise<StoredEvent[]> {
    const reader = new JournalReader({
      dir: join(this.folder, 'journal'),
      onProblem: (problem) => this.logged.push(problem),
    });
    try {
      return (await reader.readAfter({ writer: 'data-0', topics: [topic], afterOffset: 0, limit: 1_000_000 })).events;
    } finally {
      await reader.close();
    }
  }

  /** Changes one byte of the snapshot of the online features. */
  async damageFeatureSnapshot(): Promise<void> {
    const path = join(this.folder, 'data-0', 'online-features.bin');
    const bytes = await readFile(path);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    await writeFile(path, bytes);
  }

  async stop(): Promise<void> {
    await this.#role?.close();
    this.#role = undefined;
  }

  async remove(): Promise<void> {
    await this.stop();
    await this.publisher.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** An endpoint of number fields `f0`, `f1`, … that are its features. */
export function numberEndpoint(
  width: number,
  variants: readonly { version: number; digest: string }[],
  definition: Partial<EndpointDefinition> = {},
  strategy?: NonNullable<SnapshotEndpoint['release']>,
): SnapshotEndpoint {
  const features = Array.from({ length: width }, (_, index) => `f${index}`);
  const [first] = variants;
  const single = first && {
    id: 'release-1',
    strategy: { kind: 'single' as const, variant: { kind: 'model' as const, model: 'm', version: first.version } },
  };
  return {
    definition: {
      name: 'e',
      inputs: features.map((name) => ({ name, type: 'number' })),
      policy: { kind: 'single' },
      fallback: [],
      timeout: '5s',
      ...definition,
    },
    features: null,
    variants: variants.map(({ version, digest }) => ({
      id: `m@${version}`,
      variant: { kind: 'model', model: 'm', version },
      version: String(version),
      artifact: { digest, format: 'onnx' },
      features,
    })),
    release: strategy ?? single ?? null,
  };
}
