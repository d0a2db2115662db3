import { apiRoutes, type Route } from '@mulle/contract';
import { expect, test } from 'vitest';
import { openApiDocument } from './openapi.ts';

const document = JSON.parse(JSON.stringify(openApiDocument('0.0.0')));

function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner] : references(inner),
  );
}

function resolve(reference: string): unknown {
  return reference
    .split('/')
    .slice(1)
    .reduce<unknown>(
      (value, step) => (typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined),
      document,
    );
}

test('every route of the table is an operation with its own id', () => {
  const ids = Object.values<Record<string, { operationId?: string }>>(document.paths).flatMap((operations) =>
    Object.values(operations).flatMap(({ operationId }) => operationId ?? []),
  );
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toEqual(expect.arrayContaining(Object.keys(apiRoutes)));
  expect(document.paths['/v2/models/{endpoint}/infer']).toMatchObject({ servers: [{}], post: { tags: ['traffic'] } });
});

test('every parameter of a path is declared as required, and nothing else is in the path', () => {
  for (const [name, route] of Object.entries<Route>(apiRoutes)) {
    const inPath = [...route.path.matchAll(/\{(\w+)\*?\}/g)].map(([, parameter]) => parameter);
    expect(Object.keys(route.params?.properties ?? {}), name).toEqual(inPath);
  }
  const { parameters } = document.paths['/api/models/{model}/versions/{version}'].get;
  expect(parameters).toEqual([
    { name: 'model', in: 'path', required: true, schema: { $ref: '#/components/schemas/ModelName' } },
    { name: 'version', in: 'path', required: true, schema: { type: 'integer', minimum: 1 } },
  ]);
});

test('references resolve, and each named schema stands once', () => {
  const all = new Set(references(document));
  expect(all.size).toBeGreaterThan(20);
  for (const reference of all) expect(resolve(reference), reference).toBeTypeOf('object');
  expect(document.paths['/api/runs'].post.responses['200'].content['application/json'].schema).toEqual({
    $ref: '#/components/schemas/Run',
  });
  expect(JSON.stringify(document)).not.toContain('"~');
  expect(document.components.schemas.GateReading.properties.interval.anyOf[0]).toMatchObject({
    prefixItems: [{ type: 'number' }, { type: 'number' }],
    items: false,
  });
});
