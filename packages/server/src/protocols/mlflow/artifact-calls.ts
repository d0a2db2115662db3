/** Artifacts over MLflow's protocol: the list of a run's, and the proxy through which clients send and fetch bytes. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { holdsRole, type Actor } from '#domains/access/index.ts';
import { contentTypeOf, treePath, type ArtifactEntry, type ArtifactsService } from '#domains/artifacts/index.ts';
import type { RunsService } from '#domains/experiments/index.ts';
import { MulleError } from '#kernel/errors.ts';
import { call, repeated, type MlflowCall } from './call.ts';
import { toMlflowAnswer, MlflowError } from './mlflow-error.ts';
import { optionalText } from './request-fields.ts';
import { runId } from './run-calls.ts';

function toFile({ name, isFolder, bytes }: ArtifactEntry, folder: string) {
  return { path: `${folder}${name}`, is_dir: isFolder, file_size: bytes ?? undefined };
}

/** The files of a folder below a root, with paths from that root. */
export async function listBelow(artifacts: ArtifactsService, rootUri: string, below: string) {
  const root = treePath(rootUri);
  const entries = await artifacts.list(below === '' ? root : `${root}/${below}`);
  return {
    root_uri: rootUri,
    files: repeated(entries.map((entry) => toFile(entry, below === '' ? '' : `${below.replace(/\/+$/, '')}/`))),
  };
}

export function artifactCalls(runs: RunsService, artifacts: ArtifactsService): readonly MlflowCall[] {
  return [
    call('GET', 'artifacts/list', 'viewer', async ({ fields }) => {
      const { row } = await runs.getWhole(runId(fields));
      return listBelow(artifacts, row.artifact_uri, optionalText(fields, 'path') ?? '');
    }),
  ];
}

export interface ArtifactProxyOptions {
  readonly artifacts: ArtifactsService;
  authenticate(authorization: string | undefined): Promise<Actor>;
  onInternalError(thrown: unknown, requestId: string): void;
}

function pathOf(request: FastifyRequest): string {
  const { params } = request;
  return typeof params === 'object' && params !== null && '*' in params ? String(params['*']) : '';
}

/** Bytes go through the proxy in one stream; clients read this sentence and send them so. */
function notDirect(way: 'upload' | 'download'): string {
  return `Multipart ${way} is not supported for the current artifact repository`;
}

async function* noBytes(): AsyncGenerator<Uint8Array> {}

function isStream(body: unknown): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

/** Mounts the artifact proxy in a scope of its own: bodies are streams of bytes. */
export function artifactProxy(options: ArtifactProxyOptions): (scope: FastifyInstance) => void {
  const { artifacts } = options;
  const allow = async (request: FastifyRequest, role: 'viewer' | 'member'): Promise<void> => {
    const actor = await options.authenticate(request.headers.authorization);
    if (holdsRole(actor, role)) return;
    throw new MulleError('permission_denied', `This needs the role ${role}; ${actor.name} is ${actor.role}.`);
  };
  return (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    scope.setErrorHandler((thrown, request, reply) => {
      const { status, body } = toMlflowAnswer(thrown);
      if (body.error_code === 'INTERNAL_ERROR') options.onInternalError(thrown, request.id);
      if (status === 401) void reply.header('www-authenticate', 'Basic realm="mlflow"');
      return reply.code(status).type('application/json').send(body);
    });
    for (const prefix of ['/api', '/ajax-api']) {
      const base = `${prefix}/2.0/mlflow-artifacts/artifacts`;
      for (const direct of ['mpu', 'presigned']) {
        scope.all(`${prefix}/2.0/mlflow-artifacts/${direct}/*`, async (request) => {
          await allow(request, 'viewer');
          throw new MlflowError('NOT_IMPLEMENTED', notDirect(direct === 'mpu' ? 'upload' : 'download'));
        });
      }
      scope.get(base, async (request) => {
        await allow(request, 'viewer');
        const query: unknown = request.query;
        const path = typeof query === 'object' && query !== null && 'path' in query ? String(query.path) : '';
        const entries = await artifacts.list(path);
        return {
          files: repeated(entries.map((entry) => toFile(entry, ''))),
        };
      });
      scope.get(`${base}/*`, async (request, reply) => {
        await allow(request, 'viewer');
        const { stream, bytes, name } = await artifacts.open(pathOf(request));
        return reply
          .headers({
            'content-length': bytes,
            'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
            'x-content-type-options': 'nosniff',
          })
          .type(contentTypeOf(name))
          .send(stream);
      });
      scope.put(`${base}/*`, async (request) => {
        await allow(request, 'member');
        await artifacts.put(pathOf(request), isStream(request.body) ? request.body : noBytes());
        return {};
      });
      scope.delete(`${base}/*`, async (request) => {
        await allow(request, 'member');
        await artifacts.delete(pathOf(request));
        return {};
      });
    }
  };
}
