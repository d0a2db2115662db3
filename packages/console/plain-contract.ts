import {
  apiRoutes,
  challengersOf,
  errorTable,
  holdsCheck,
  incumbentOf,
  promotedVariant,
  readingKey,
  reasonText,
  stageAt,
  stations,
  stepsOf,
  variantId,
} from '@mulle/contract';

/** Method and path of each public route, the error table and the stations, as declarations of a module. */
export function contractTables(): string {
  const routes = Object.entries(apiRoutes)
    .filter(([, { access }]) => access !== 'internal')
    .map(([name, { method, path }]) => [name, { method, path }]);
  return [
    `export const apiRoutes = ${JSON.stringify(Object.fromEntries(routes))};`,
    `export const errorTable = ${JSON.stringify(errorTable)};`,
    `export const stations = ${JSON.stringify(stations)};`,
  ].join('\n');
}

/**
 * The part of `@mulle/contract` that the console needs at run time, as the text of a module: tables and plain functions,
 * without the schemas (20 KB of the bundle, and a bundle that changes with each word of a schema). Types still come from
 * the contract itself.
 */
export function plainContract(): string {
  const functions = [
    variantId,
    reasonText,
    challengersOf,
    incumbentOf,
    promotedVariant,
    readingKey,
    holdsCheck,
    stageAt,
    stepsOf,
  ];
  return [contractTables(), ...functions.map((one) => `export ${one.toString()}`)].join('\n');
}
