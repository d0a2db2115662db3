import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scenarios } from '../../packages/console/mock/installation.ts';
import { startMockControl, type MockControl } from '../../packages/console/mock/server.ts';
import { chromiumPath } from '../browser.ts';

const executablePath = chromiumPath();
const flags =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

const paths = [
  '/',
  '/?turn=find_00000',
  '/data',
  '/data/flights',
  '/features',
  '/experiments',
  '/runs/run_00018?file=importance.csv',
  '/compare?runs=run_00018,run_00017,run_00016',
  '/models',
  '/models/flight-delay',
  '/models/flight-delay/versions/19',
  '/endpoints',
  '/endpoints/flight-delay',
  '/endpoints/flight-delay?do=deploy',
  '/releases',
  '/releases/rel_000019',
  '/releases/rel_ab',
  '/releases/plan?endpoint=flight-delay',
  '/rules',
  '/rules/long-haul?version=2&do=publish',
  '/rules/long-haul/edit',
  '/monitors?finding=find_00001',
  '/monitors/inputs',
  '/pipelines',
  '/pipeline-runs/prun_00300',
  '/pipeline-runs/prun_00298?task=evaluate',
  '/settings',
  '/no/such/page',
] as const;

/** Two looks of each page, which differ in all three; the pages take turns, so that every combination comes up. */
const looks = [
  [
    { language: 'ko', theme: 'light', width: 1_440 },
    { language: 'en', theme: 'dark', width: 390 },
  ],
  [
    { language: 'en', theme: 'light', width: 1_440 },
    { language: 'ko', theme: 'dark', width: 390 },
  ],
  [
    { language: 'ko', theme: 'dark', width: 1_440 },
    { language: 'en', theme: 'light', width: 390 },
  ],
  [
    { language: 'en', theme: 'dark', width: 1_440 },
    { language: 'ko', theme: 'light', width: 390 },
  ],
] as const;
const views = paths.flatMap((path, index) => (looks[index % looks.length] ?? []).map((look) => ({ path, ...look })));

describe.skipIf(executablePath === undefined)('console', () => {
  let browser: Browser;
  let mock: MockControl;
  let context: BrowserContext;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: flags.split(' ') });
    mock = await startMockControl();
  });
  afterAll(async () => {
    await browser?.close();
    await mock?.close();
  });

  /** A page that collects what goes wrong in it. */
  async function openPage(width: number, address: string): Promise<{ page: Page; problems: string[] }> {
    context = await browser.newContext({ viewport: { width, height: 900 }, timezoneId: 'Asia/Seoul' });
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
    });
    await page.goto(address);
    await page.locator('h1').waitFor();
    // Placeholders stand for answers that are still on their way.
    await page.waitForFunction(() => document.querySelector('output[aria-label]:not([title])') === null);
    return { page, problems };
  }

  test.each(views)('$path in $language, $theme, $width px', async ({ path, language, theme, width }) => {
    const address = `${mock.url}${path}${path.includes('?') ? '&' : '?'}lang=${language}&theme=${theme}`;
    const { page, problems } = await openPage(width, address);
    const violations = await new AxeBuilder({ page })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
      .analyze();
    const found = violations.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    const shown = await page.evaluate(() => [
      document.documentElement.lang,
      getComputedStyle(document.documentElement).colorScheme,
    ]);
    await context.close();
    expect(found).toEqual([]);
    expect(problems).toEqual([]);
    expect(overflow, 'px of horizontal scroll').toBeLessThanOrEqual(0);
    expect(shown).toEqual([language, theme]);
  });

  test('by keyboard: past the rail, into the palette, to an endpoint', async () => {
    const { page } = await openPage(1_440, `${mock.url}/?lang=ko`);
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('href'))).toBe('#content');
    await page.keyboard.press('Control+KeyK');
    const search = page.getByRole('combobox');
    await search.fill('ㅇㄷㅍㅇㅌ');
    await page
      .getByRole('option', { name: /엔드포인트/ })
      .first()
      .waitFor();
    await search.fill('flight-delay');
    await page.getByRole('option').first().waitFor();
    // The Enter that ends a composition of Hangul (keyCode 229) chooses nothing.
    await search.dispatchEvent('keydown', { key: 'Enter', code: 'Enter', keyCode: 229, bubbles: true });
    expect(new URL(page.url()).pathname).toBe('/');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/endpoints/flight-delay');
    await context.close();
  });

  test('a release is rolled back with its reason, and findings are walked', async () => {
    const own = await startMockControl();
    const { page } = await openPage(1_440, `${own.url}/releases/rel_000019?lang=en`);
    await page.getByRole('button', { name: 'Roll back' }).click();
    const confirm = page.getByRole('dialog').getByRole('button', { name: 'Roll back' });
    expect(await confirm.isDisabled()).toBe(true);
    await page.getByRole('textbox').fill('Scores look constant.');
    await confirm.click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.getByText('Scores look constant.').first().waitFor();
    expect(own.installation.releases[0]?.state).toBe('rolled-back');

    await page.goto(`${own.url}/monitors?lang=en&finding=find_00001`);
    await page.getByRole('complementary').waitFor();
    await page.keyboard.press('j');
    await page.waitForURL('**/monitors?*finding=find_00002*');
    await page.keyboard.press('Escape');
    await page.waitForURL((url) => !url.search.includes('finding='));
    await context.close();
    await own.close();
  });

  test('a table of many rows draws what is in sight; filter, order and columns stand in the address', async () => {
    const own = await startMockControl();
    const [first] = own.installation.models;
    if (first === undefined) throw new Error('The mock has no version.');
    for (let index = 0; index < 3_000; index += 1)
      own.installation.models.push({ ...first, version: 5_000 + index, metrics: { logLoss: 3_000 - index } });
    const { page } = await openPage(1_440, `${own.url}/models/flight-delay?lang=en`);
    const box = page.getByRole('region', { name: 'Versions' });
    await box.waitFor();
    await page.getByText('more on the server').waitFor();
    // Each page that comes lets the box be scrolled to a new end, until there is none.
    while (await page.getByText('more on the server').isVisible())
      await box.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await page.getByText('3,020 rows').waitFor();
    // The last page may have come after the last scroll.
    await box.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await page.getByRole('link', { name: 'flight-delay@7999' }).waitFor();
    expect(await page.locator('tbody tr').count()).toBeLessThan(100);

    await page.getByRole('searchbox').fill('logLoss>2500');
    await page.waitForURL((url) => url.searchParams.get('q') !== null);
    await page.getByText('500 of 3,020 rows').waitFor();
    await page.getByRole('button', { name: 'logLoss', exact: true }).click();
    await page.getByRole('button', { name: 'logLoss', exact: true }).click();
    await page.getByRole('columnheader', { name: 'logLoss' }).and(page.locator('[aria-sort=descending]')).waitFor();
    await page.reload();
    await page.getByRole('rowheader').first().getByText('flight-delay@5000').waitFor();
    await context.close();
    await own.close();
  });

  test('the range of time goes along and leaves out what lies before', async () => {
    const { page } = await openPage(1_440, `${mock.url}/releases?lang=en&range=2001-01-01..2001-01-02`);
    await page.getByText('No row fits').waitFor();
    await page.getByRole('link', { name: 'Experiments' }).click();
    await page.waitForURL('**/experiments?*range=2001-01-01..2001-01-02*');
    await page.getByRole('button', { name: /^Time range/ }).click();
    await page.getByRole('button', { name: 'All time' }).click();
    await page.waitForURL((url) => !url.searchParams.has('range'));
    await page.getByRole('rowheader').first().waitFor();
    await context.close();
  });

  test('the wheel follows what happens', async () => {
    const { page } = await openPage(1_440, `${mock.url}/?lang=en`);
    await page.getByText('Live', { exact: true }).waitFor();
    mock.emit({
      id: 'act_live',
      type: 'release-promoted',
      subject: 'rel_live',
      causeId: null,
      timeMs: Date.now(),
      value: {},
    });
    await page.getByText('rel_live').waitFor();
    await context.close();
  });

  test.each(scenarios.filter((name) => name !== 'typical'))('%s: every page says what is there', async (scenario) => {
    const own = await startMockControl({ scenario });
    for (const path of [
      '/',
      '/data',
      '/models',
      '/endpoints',
      '/releases',
      '/rules',
      '/monitors',
      '/pipelines',
      '/settings',
    ]) {
      const { page, problems } = await openPage(390, `${own.url}${path}?lang=ko`);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (scenario === 'broken') await page.getByRole('alert').first().waitFor();
      await context.close();
      expect(overflow, `px of horizontal scroll at ${path}`).toBeLessThanOrEqual(0);
      expect(problems.filter((problem) => !problem.includes('503'))).toEqual([]);
    }
    await own.close();
  });
});
