import { stdout } from 'node:process';
import { parseArgs } from 'node:util';
import { scenarios } from './installation.ts';
import { startMockControl } from './server.ts';

const { values } = parseArgs({
  options: { port: { type: 'string', default: '5150' }, scenario: { type: 'string', default: 'typical' } },
});
const scenario = scenarios.find((name) => name === values.scenario);
if (scenario === undefined) throw new RangeError(`--scenario is one of ${scenarios.join(', ')}.`);
const mock = await startMockControl({ port: Number(values.port), scenario });
stdout.write(`${mock.url} (${scenario})\n`);
