import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { environmentName, loadConfig, redactConfig } from './index.ts';

let cwd = '';
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'mulle-config-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

test('defaults hold without a file, paths are absolute', () => {
  const config = loadConfig({ environment: {}, cwd });
  expect(config).toMatchObject({
    home: join(cwd, '.mulle'),
    control: { host: '127.0.0.1', port: 5150 },
    data: { port: 5151 },
  });
  expect(config.sources.allowedRoots).toEqual([cwd]);
});

test('command line over environment over file', () => {
  writeFileSync(
    join(cwd, 'mulle.json'),
    JSON.stringify({ control: { port: 1 }, data: { port: 1 }, work: { slots: 1 } }),
  );
  const config = loadConfig({
    environment: { MULLE_CONTROL_PORT: '2', MULLE_DATA_PORT: '2' },
    cwd,
    overrides: { control: { port: 3 } },
  });
  expect([config.control.port, config.data.port, config.work.slots]).toEqual([3, 2, 1]);
});

test.each([
  [{ contrl: {} }, {}, /contrl/],
  [{ control: { port: 'many' } }, {}, /control\.port/],
  [{ control: { prot: 1 } }, {}, /control/],
  [{}, { MULLE_CONTROL_PORT: '70000' }, /control\.port/],
  [{}, { MULLE_CONTROL_PROT: '1' }, /MULLE_CONTROL_PROT is no setting/],
])('a wrong setting is named: %j %j', (file, environment, message) => {
  writeFileSync(join(cwd, 'mulle.json'), JSON.stringify(file));
  expect(() => loadConfig({ environment, cwd })).toThrow(message);
});

test('the object is frozen to its leaves, and its print holds no secret', () => {
  const config = loadConfig({
    environment: { MULLE_INTERNAL_TOKEN: 'hush', MULLE_DATABASE_URL: 'postgres://u:hush@h/d' },
    cwd,
  });
  expect(() => Object.assign(config.control, { port: 1 })).toThrow(TypeError);
  expect(JSON.stringify(redactConfig(config))).not.toContain('hush');
});

test('environment names follow the path', () => {
  expect(environmentName(['data', 'maxConcurrentRequests'])).toBe('MULLE_DATA_MAX_CONCURRENT_REQUESTS');
});
