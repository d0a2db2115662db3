import * as contract from '@mulle/contract';
import { apiRoutes, errorTable, type Route } from '@mulle/contract';
import { trafficRoutes } from './traffic-routes.ts';

type Json = Record<string, unknown>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Schemas that the contract exports by name: each stands once, under components. */
const named = new Map<unknown, string>(
  Object.entries(contract).flatMap(([name, value]) => (isObject(value) && '~kind' in value ? [[value, name]] : [])),
);

/** Plain JSON Schema (2020-12, what OpenAPI 3.1 speaks) of a TypeBox schema; named parts become references. */
function plain(schema: unknown, components: Json): unknown {
  if (Array.isArray(schema)) return schema.map((item) => plain(item, components));
  if (!isObject(schema)) return schema;
  const name = named.get(schema);
  if (name === undefined) return plainProperties(schema, components);
  if (!(name in components)) {
    // Entered first: a schema may contain itself.
    components[name] = {};
    components[name] = plainProperties(schema, components);
  }
  return { $ref: `#/components/schemas/${name}` };
}

/** TypeBox writes a tuple as JSON Schema did before 2020-12: `items` a list, the rest under `additionalItems`. */
function modern({ additionalItems, ...schema }: Json): Json {
  if (!Array.isArray(schema['items'])) return schema;
  return { ...schema, prefixItems: schema['items'], items: additionalItems ?? true };
}

function plainProperties(schema: Json, components: Json): Json {
  return Object.fromEntries(
    Object.entries(modern(schema))
      .filter(([key]) => !key.startsWith('~'))
      .map(([key, value]) => [key, plain(value, components)]),
  );
}

function parameters(route: Route, components: Json): Json[] {
  const of = (place: 'path' | 'query', schema: Route['query']): Json[] => {
    const required: readonly string[] = schema?.required ?? [];
    return Object.entries(schema?.properties ?? {}).map(([name, property]) => ({
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      schema: plain(property, components),
    }));
  };
  return [...of('path', route.params), ...of('query', route.query)];
}

const binary = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } };

function responseContent(route: Route, components: Json): Json {
  if (route.responseBody === 'bytes') return binary;
  if (route.responseBody === 'event-stream') return { 'text/event-stream': { schema: { type: 'string' } } };
  if (route.responseBody === 'ndjson') return { 'application/x-ndjson': { schema: { type: 'string' } } };
  return { 'application/json': { schema: plain(route.response, components) } };
}

function requestContent(route: Route, components: Json): Json | undefined {
  if (route.requestBody === 'bytes') return binary;
  return route.body && { 'application/json': { schema: plain(route.body, components) } };
}

/** The part of the API that a route belongs to: the first segment after `/api`. */
function tagOf(route: Route): string {
  const [, first = '', second = ''] = route.path.split('/');
  return first === 'api' ? second : first;
}

function operation(name: string, route: Route, components: Json): Json {
  const content = requestContent(route, components);
  const given = parameters(route, components);
  return {
    operationId: name,
    summary: route.summary,
    tags: [tagOf(route)],
    security: route.access === 'public' ? [] : [{ bearer: [] }],
    'x-mulle-access': route.access,
    ...(given.length > 0 ? { parameters: given } : {}),
    ...(content ? { requestBody: { required: true, content } } : {}),
    responses: {
      200: { description: route.summary, content: responseContent(route, components) },
      default: { $ref: '#/components/responses/Error' },
    },
  };
}

const errorSchema = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: {
        code: { type: 'string', enum: Object.keys(errorTable) },
        message: { type: 'string' },
        details: { type: 'object', additionalProperties: true },
      },
    },
  },
};

const trafficServers = [
  {
    url: 'http://{host}:{port}',
    description: 'The traffic port',
    variables: { host: { default: '127.0.0.1' }, port: { default: '5151' } },
  },
];

/** The OpenAPI 3.1 document of both ports. Pure: the same for the same contract and version. */
export function openApiDocument(version: string): Json {
  const schemas: Json = { Error: errorSchema };
  const paths: Record<string, Json> = {};
  for (const [name, route] of Object.entries<Route>(apiRoutes)) {
    const path = route.path.replaceAll('*}', '}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(name, route, schemas) };
  }
  for (const [name, route] of Object.entries<Route>(trafficRoutes)) {
    const described = { ...operation(name, route, schemas), tags: ['traffic'] };
    paths[route.path] = { servers: trafficServers, [route.method.toLowerCase()]: described };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Mulle', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas,
      responses: {
        Error: {
          description: 'What was wrong with which value, and what to do.',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
        },
      },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An API key; none is needed on this machine.' },
      },
    },
  };
}
