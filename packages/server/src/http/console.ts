import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { page } from './page.ts';

/** Paths that belong to machines; there an unknown path is an error, not a page of the console. */
const machinePaths = /^\/(api|internal|v1|v2|openapi\.json|docs|assets)(\/|$)/;

/** Where the build of the console package lies, built or not. */
export function builtConsoleFolder(): string {
  return dirname(fileURLToPath(import.meta.resolve('@mulle/console/dist/index.html')));
}

/** What answers paths that no route has: the console's one page, which does its own routing. */
export interface ConsolePage {
  answers(request: FastifyRequest): boolean;
  send(reply: FastifyReply): FastifyReply;
}

/**
 * Serves the built console from `folder`: hashed assets for a year, the page itself always fresh. Where it was not
 * built, a plain page says how to.
 */
export function registerConsole(server: FastifyInstance, folder: string): ConsolePage {
  const built = existsSync(join(folder, 'index.html'));
  if (built) {
    void server.register(fastifyStatic, {
      root: folder,
      cacheControl: false,
      setHeaders: (response, path) => {
        const lasting = path.startsWith(join(folder, 'assets'));
        void response.header('cache-control', lasting ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    });
  }
  return {
    answers: ({ method, url, headers }) =>
      method === 'GET' &&
      (headers.accept ?? '').includes('text/html') &&
      !machinePaths.test(url.split('?', 1)[0] ?? ''),
    send: (reply) =>
      built ? reply.code(200).sendFile('index.html') : reply.code(200).type('text/html; charset=utf-8').send(notBuilt),
  };
}

const notBuilt = page(
  'Mulle',
  `<h1>The console is not built</h1>
<p>Build it once, then load this page again:</p><pre>npm run build</pre>
<p lang="ko">콘솔이 아직 빌드되지 않았습니다. 위 명령을 한 번 실행한 뒤 새로 고치세요.</p>
<p>The API works without it: <a href="/docs">reference</a>.</p>`,
);
