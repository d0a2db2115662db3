import { existsSync } from 'node:fs';
import { env, stderr } from 'node:process';

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
];

/**
 * Path of an installed Chromium (`MULLE_TEST_CHROMIUM` first) for playwright-core's `executablePath`.
 * Undefined, after one line on stderr, where there is none; throws where CI=true. Use with `describe.skipIf`.
 */
export function chromiumPath(): string | undefined {
  const path = [env['MULLE_TEST_CHROMIUM'] ?? '', ...places].find((place) => place !== '' && existsSync(place));
  if (path !== undefined) return path;
  const reason = 'Chromium is not there: install it or set MULLE_TEST_CHROMIUM to run the browser suites.';
  if (env['CI'] === 'true') throw new Error(reason);
  stderr.write(`Skipped: ${reason}\n`);
  return undefined;
}
