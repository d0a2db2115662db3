import { parseArgs } from 'node:util';

export interface DemoOptions {
  /** Last line of stdout is one JSON object; progress goes to stderr. */
  json: boolean;
  /** Replay to the end of this day; undefined: as far as the time budget goes. */
  untilMs: number | undefined;
  seed: number;
  incidents: boolean;
  /** Keep the platform up at the end, to look around. */
  stay: boolean;
}

const usage = `npm run demo -- [options]
  --until 2001-03-31   replay to this day (default: as far as ten minutes allow)
  --seed 7             dates of the incidents, and the sample of requests
  --no-incidents       let nothing go wrong
  --stay               keep the platform and its console up at the end
  --json               print one JSON object as the last line of stdout`;

function fail(message: string): never {
  process.stderr.write(`${message}\n\n${usage}\n`);
  process.exit(2);
}

function parseDay(text: string): number {
  const ms = /^2001-0[2-6]-\d\d$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) fail(`--until ${text}: a day from 2001-02-01 to 2001-06-30 is needed.`);
  return ms + 86_400_000;
}

/** Reads the command line; a wrong one is explained and ends with exit code 2. */
export function readOptions(): DemoOptions {
  let parsed;
  try {
    parsed = parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        until: { type: 'string' },
        seed: { type: 'string', default: '7' },
        'no-incidents': { type: 'boolean', default: false },
        stay: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
  }
  const { values } = parsed;
  if (values.help) {
    process.stdout.write(`${usage}\n`);
    process.exit(0);
  }
  const seed = Number(values.seed);
  if (!Number.isInteger(seed)) fail(`--seed ${values.seed}: a whole number is needed.`);
  return {
    json: values.json,
    untilMs: values.until === undefined ? undefined : parseDay(values.until),
    seed,
    incidents: !values['no-incidents'],
    stay: values.stay,
  };
}
