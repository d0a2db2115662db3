import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath } from '../browser.ts';
import { eventually } from '../platform/eventually.ts';
import { Sandbox, type Platform } from '../platform/sandbox.ts';
import { serveModel, writeSampleData, type SampleData } from './sample-data.ts';

// The console on a real platform that no project was applied to: what programs logged, and what people do with it.

const executablePath = chromiumPath();
const spans = 3_000;

describe.skipIf(executablePath === undefined)('console on a platform', () => {
  const sandbox = new Sandbox();
  let platform: Platform;
  let browser: Browser;
  let sample: SampleData;

  beforeAll(async () => {
    platform = await sandbox.up(['--ephemeral']);
    sample = await writeSampleData(platform.controlUrl, platform.control, spans);
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox', '--disable-gpu'] });
  });
  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
    await sandbox.remove();
  });

  async function open(path: string, width = 1_440): Promise<{ page: Page; problems: string[] }> {
    const context = await browser.newContext({ viewport: { width, height: 900 } });
    const page = await context.newPage();
    page.once('close', () => void context.close().catch(() => undefined));
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
    });
    await page.goto(`${platform.controlUrl}${path}`);
    await page.locator('h1').waitFor();
    await page.waitForFunction(() => document.querySelector('output[aria-label]:not([title])') === null);
    return { page, problems };
  }

  /** What axe finds, what the browser complained of, and what does not fit. */
  async function faultsOf(page: Page, problems: readonly string[]): Promise<string[]> {
    const { violations } = await new AxeBuilder({ page })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
      .analyze();
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    return [
      ...violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`)),
      ...problems,
      ...(overflow > 0 ? [`${overflow} px of horizontal scroll`] : []),
    ];
  }

  /** Each page in one of two looks, which differ in language, theme and width; the pages take turns. */
  const looks = [
    { look: 'lang=ko&theme=light', width: 1_440 },
    { look: 'lang=en&theme=dark', width: 390 },
  ] as const;
  const paths: [name: string, path: () => string][] = [
    ['wheel', () => '/?'],
    ['settings', () => '/settings?'],
    ['runs', () => '/experiments?'],
    ['leaderboard', () => '/experiments?show=best&best=-accuracy&'],
    ['run', () => `/runs/${sample.liveRun}?do=edit&`],
    ['traces', () => '/traces?'],
    ['conversations', () => '/traces?show=sessions&'],
    ['trace', () => `/traces/${sample.trace}?span=${'5'.padStart(16, '0')}&`],
    ['prompts', () => '/prompts?'],
    ['prompt', () => `/prompts/${sample.prompt}?version=2&against=1&`],
    ['prompt, as it is', () => `/prompts/${sample.prompt}?`],
  ];
  const views = paths.map(([name, path], index) => ({ name, path, ...(looks[index % 2] ?? looks[0]) }));

  test.each(views)('$name with $look at $width px', async ({ path, look, width }) => {
    const { page, problems } = await open(`${path()}${look}`, width);
    expect(await faultsOf(page, problems)).toEqual([]);
    await page.close();
  });

  test('runs are searched by the server: words, numbers, dates, order; an impossible date says so', async () => {
    const { page } = await open('/experiments?lang=en');
    const filter = page.getByRole('searchbox');
    await filter.fill('accuracy>=0.75 -state:failed started>=yesterday');
    await page.getByText('7 rows').waitFor();
    await page.getByRole('button', { name: 'accuracy', exact: true }).click();
    await page.getByRole('rowheader').first().getByText('문장 분류 5').waitFor();
    await page.getByRole('button', { name: 'accuracy', exact: true }).click();
    await page.getByRole('rowheader').first().getByText('문장 분류 11').waitFor();
    await filter.fill('started>someday');
    await page.getByRole('alert').getByText('someday').waitFor();
    await page.getByRole('button', { name: 'Leaderboard' }).click();
    await page.close();
  });

  test('a run is watched as it logs, noted, and stopped', async () => {
    const params = { id: sample.liveRun };
    const { page } = await open(`/runs/${sample.liveRun}?lang=en`);
    await page.getByText('live', { exact: true }).first().waitFor();
    const metrics = [{ key: 'late', value: 0.125, step: 1, timeMs: Date.now() }];
    await platform.control.call('logRun', { params, body: { metrics } });
    await page.getByRole('rowheader', { name: 'late' }).waitFor();
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByRole('textbox', { name: 'Notes' }).fill('Seen **twice**.');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('strong').getByText('twice').waitFor();
    await page.getByRole('button', { name: 'Stop the run' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Stop the run' }).click();
    await page.getByText('Killed', { exact: true }).waitFor();
    const run = await platform.control.call('getRun', { params });
    await page.close();
    expect(run).toMatchObject({ status: 'killed', tags: { 'mlflow.note.content': 'Seen **twice**.' } });
  });

  test('a long trace is walked by keyboard, a span is opened, the trace is judged', async () => {
    const { page } = await open(`/traces/${sample.trace}?lang=en`);
    const grid = page.getByRole('treegrid');
    await page.locator(`[role=treegrid][aria-rowcount="${spans}"]`).waitFor();
    expect(await page.getByRole('row').count()).toBeLessThan(100);
    await grid.focus();
    await page.keyboard.press('End');
    await page.locator(`tr[aria-rowindex="${spans}"]`).waitFor();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowLeft');
    await page.locator('[role=treegrid][aria-rowcount="1"]').waitFor();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('complementary', { name: 'Span' }).getByText('물레가 뭐예요?').waitFor();
    await page.keyboard.press('Escape');
    await page.waitForURL((url) => !url.search.includes('span='));
    await page.getByRole('button', { name: 'Assess' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('correct');
    await page.getByRole('textbox', { name: /^Value/ }).fill('yes');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    const trace = await platform.control.call('getTrace', { params: { trace: sample.trace } });
    await page.close();
    expect(trace.assessments).toMatchObject([{ name: 'correct', kind: 'feedback', value: true }]);
  });

  test('versions of a prompt are compared, and an alias is set', async () => {
    const { page } = await open(`/prompts/${sample.prompt}?lang=en`);
    await page.getByRole('button', { name: 'Compare with version 1' }).click();
    await page.locator('mark', { hasText: /^two$/ }).waitFor();
    await page.getByRole('button', { name: 'Set an alias' }).click();
    await page.getByRole('textbox', { name: 'Alias' }).fill('production');
    await page.getByRole('dialog').getByRole('button', { name: 'Set an alias' }).click();
    await page.getByText('production').waitFor();
    const found = await platform.control.call('getPromptVersion', { params: { prompt: sample.prompt, version: 2 } });
    await page.close();
    expect(found.aliases).toEqual(['production']);
  });

  describe('with a model behind an endpoint', () => {
    beforeAll(async () => {
      await serveModel(platform.control);
      await eventually(
        'the model answers',
        () =>
          platform.inference.predict('risk', { amount: 1, night: true }).then(
            ({ metadata }) => metadata.model_version,
            () => null,
          ),
        (version) => version === '1',
      );
    });

    test.each([
      { path: '/models/risk?lang=ko&theme=dark', width: 390 },
      { path: '/models/risk/versions/1?lang=ko&theme=light', width: 1_440 },
      { path: '/endpoints/risk?lang=en&theme=dark', width: 1_440 },
      { path: '/endpoints/risk?lang=ko&theme=light', width: 390 },
    ])('$path at $width px', async ({ path, width }) => {
      const { page, problems } = await open(path, width);
      expect(await faultsOf(page, problems)).toEqual([]);
      await page.close();
    });

    test('the endpoint is asked with the form made from its inputs; programs ask the same', async () => {
      const { page } = await open('/endpoints/risk?lang=en');
      await page.getByRole('spinbutton', { name: 'amount' }).fill('0');
      await page.getByRole('combobox', { name: 'night' }).selectOption('false');
      await page.getByRole('button', { name: 'Ask' }).click();
      // The logistic function of 0.
      await page.getByText('0.5', { exact: true }).waitFor();
      await page.getByLabel('curl', { exact: true }).getByText('"amount":0').waitFor();
      await page.getByRole('button', { name: 'Python' }).click();
      await page.getByLabel('Python', { exact: true }).getByText('"night":False').waitFor();
      await page.getByText('Invoke', { exact: true }).waitFor();
      await page.close();
    });

    test('a version shows what an alias asks of it, is approved, and only then the alias moves', async () => {
      const { page } = await open('/models/risk/versions/1?lang=en');
      await page.getByText('not yet').waitFor();
      await page.getByRole('button', { name: 'Approve' }).click();
      await page.getByRole('dialog').getByRole('textbox').fill('Read by two of us.');
      await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
      await page.getByText('may move here').waitFor();
      await page.getByRole('button', { name: 'Set an alias' }).click();
      await page.getByRole('textbox', { name: 'Alias' }).fill('champion');
      await page.getByRole('dialog').getByRole('button', { name: 'Set an alias' }).click();
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
      const { aliases } = await platform.control.call('getModel', { params: { model: 'risk' } });
      await page.close();
      expect(aliases).toEqual({ champion: 1 });
    });
  });
});
