import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { apiRoutes, errorTable, type Activity, type ErrorCode } from '@mulle/contract';
import { recordChanges, releaseChanges, runChanges } from './change-handlers.ts';
import { MockError } from './handler.ts';
import { createInstallation, type Installation, type Scenario } from './installation.ts';
import { platformHandlers, projectHandlers } from './project-handlers.ts';
import { ruleHandlers } from './rule-handlers.ts';
import { runFileHandlers, runHandlers } from './run-handlers.ts';
import { servingHandlers, workHandlers } from './serving-handlers.ts';
import { trainingHandlers } from './training-handlers.ts';

/**
 * A control port for working on the console and for its browser tests: the routes of the contract, typed by it, over an
 * installation in memory; the built console beside them. It checks no input and no access.
 */
export interface MockControl {
  readonly url: string;
  readonly installation: Installation;
  /** Sends a step of the wheel to every listener. */
  emit(activity: Activity): void;
  close(): Promise<void>;
}

const dist = join(import.meta.dirname, '../dist');
const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
const matchers = Object.entries(apiRoutes).map(([name, { method, path, ...route }]) => ({
  name,
  responseBody: 'responseBody' in route ? route.responseBody : undefined,
  method,
  pattern: new RegExp(`^${path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`),
}));

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString());
}

function sendError(response: ServerResponse, code: ErrorCode, message: string): void {
  response.writeHead(errorTable[code].httpStatus, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: { code, message } }));
}

function sendResult(response: ServerResponse, result: unknown, asText: boolean): void {
  response.writeHead(200, { 'content-type': asText ? 'text/plain' : 'application/json' });
  response.end(asText ? result : JSON.stringify(result));
}

async function sendFile(response: ServerResponse, path: string): Promise<void> {
  const asked = extname(path) === '' ? 'index.html' : normalize(path);
  const content = await readFile(join(dist, asked)).catch(() => undefined);
  if (content === undefined) return sendError(response, 'route_not_found', `There is no file ${path}.`);
  response.writeHead(200, { 'content-type': types[extname(asked)] ?? 'text/plain' }).end(content);
}

/** Starts on 127.0.0.1; port 0 lets the system choose. */
export async function startMockControl(options: { scenario?: Scenario; port?: number } = {}): Promise<MockControl> {
  const scenario = options.scenario ?? 'typical';
  const installation = createInstallation(scenario, Date.now());
  const handlers: Record<string, ((input: never, nowMs: number) => unknown) | undefined> = {
    ...platformHandlers(installation),
    ...projectHandlers(installation),
    ...trainingHandlers(installation),
    ...runHandlers(installation),
    ...runFileHandlers(),
    ...servingHandlers(installation),
    ...workHandlers(installation),
    ...ruleHandlers(installation),
    ...releaseChanges(installation),
    ...runChanges(installation),
    ...recordChanges(installation),
  };
  const listeners = new Set<ServerResponse>();
  let sequence = 0;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://mock');
    if (!url.pathname.startsWith('/api')) return sendFile(response, url.pathname);
    if (scenario === 'broken')
      return sendError(response, 'unavailable', 'The database does not answer. Try again in a moment.');
    const route = matchers.find(({ method, pattern }) => method === request.method && pattern.test(url.pathname));
    if (route?.name === 'streamActivity') {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' }).write(':\n\n');
      listeners.add(response);
      response.once('close', () => listeners.delete(response));
      return;
    }
    const handler = handlers[route?.name ?? ''];
    if (route === undefined || handler === undefined)
      return sendError(response, 'route_not_found', `${request.method} ${url.pathname} is no route.`);
    const params = Object.fromEntries(
      Object.entries(route.pattern.exec(url.pathname)?.groups ?? {}).map(([name, value]) => [
        name,
        decodeURIComponent(value),
      ]),
    );
    const input = { params, query: Object.fromEntries(url.searchParams), body: await bodyOf(request) };
    const result = handler(input as never, Date.now());
    sendResult(response, result, route.responseBody !== undefined);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (error instanceof MockError) sendError(response, error.code, error.message);
      else sendError(response, 'internal', String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    installation,
    emit(activity) {
      sequence += 1;
      for (const listener of listeners)
        listener.write(`event: activity\nid: ${sequence}\ndata: ${JSON.stringify(activity)}\n\n`);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
