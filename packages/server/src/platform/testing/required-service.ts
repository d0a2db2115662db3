/**
 * Suites against real servers. A machine without the server skips them and says so in one line; CI never skips.
 * Use: `const url = serviceUrl('PostgreSQL', 'MULLE_TEST_POSTGRES_URL')`, then `describe.skipIf(url === undefined)`.
 */

const announced = new Set<string>();

/** The address from `variable`; undefined after one line on stderr. Throws where CI=true, so that nothing is left out. */
export function serviceUrl(service: string, variable: string): string | undefined {
  const url = process.env[variable];
  if (url !== undefined && url !== '') return url;
  const reason = `${service} is not there: set ${variable} to run its suites.`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  if (!announced.has(variable)) process.stderr.write(`Skipped: ${reason}\n`);
  announced.add(variable);
  return undefined;
}
