import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { findService } from '../../src/dev/debian-services';
import { withPutFault } from '../workflow/support/faults';
import { gateOn } from '../workflow/support/gate';
import { apiKeys } from './callers';
import { openApiBed, type ApiBed } from './support';

const executable = findService('chromium');
const message = 'no chromium; node tools/setup.cjs services installs it';
const mustRun = process.env['NCFD_REQUIRE_SERVICES'] === '1';
if (executable === null && !mustRun) process.stderr.write(`not run: ${message}\n`);
/** A folder for pictures of the pages, where somebody wants to look at them. */
const pictures = process.env['NCFD_PICTURES'] ?? null;

const PHONE = { width: 390, height: 844 };
const DESK = { width: 1280, height: 900 };

const inBrowser = executable === null && !mustRun ? describe.skip : describe;
inBrowser('the pages, in a browser', () => {
  let bed: ApiBed;
  let browser: Browser;
  let runs: readonly string[];
  let key: string;
  /** Requests to anybody but us, and what the console complains of. */
  const strange: string[] = [];

  beforeAll(async () => {
    if (executable === null) throw new Error(message);
    bed = await openApiBed({ apiAnonymousRole: 'none', apiRequestsPerMinute: 100_000 });
    const first = await bed.publish();
    const second = await bed.publish({ identity: { universe_rule: 'read-out' } });
    runs = [first.runId, second.runId];
    key = (await apiKeys(bed.harness, { ann: { role: 'analyst' } })).ann;
    browser = await chromium.launch({
      executablePath: executable,
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    });
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await bed?.close();
  });

  async function opened(
    use: (page: Page, context: BrowserContext) => Promise<void>,
    options: Parameters<Browser['newContext']>[0] = {},
  ): Promise<void> {
    const context = await browser.newContext({ viewport: DESK, ...options });
    const page = await context.newPage();
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(bed.api.url) && !url.startsWith('data:')) strange.push(url);
    });
    page.on('console', (said) => {
      if (said.type() === 'error') strange.push(said.text());
    });
    page.on('pageerror', (error) => strange.push(String(error)));
    await use(page, context);
    await context.close();
  }
  const signedIn = (
    use: (page: Page, context: BrowserContext) => Promise<void>,
    options: Parameters<Browser['newContext']>[0] = {},
  ): Promise<void> =>
    opened(async (page, context) => {
      await context.addCookies([{ name: 'ncfd_key', value: key, url: bed.api.url }]);
      await use(page, context);
    }, options);
  const go = (page: Page, what: string) => page.goto(bed.api.url + what);
  async function picture(page: Page, name: string): Promise<void> {
    if (pictures === null) return;
    mkdirSync(pictures, { recursive: true });
    await page.screenshot({ path: path.join(pictures, `${name}.png`) });
  }

  test('ask who comes to sign in, by keyboard alone, and lead on to where they were going', async () => {
    await opened(async (page) => {
      await go(page, '/?decision=call');
      expect(new URL(page.url()).pathname).toBe('/sign-in');
      await picture(page, 'sign-in');
      await page.keyboard.type(`ncfd_${'0'.repeat(12)}_${'A'.repeat(43)}`);
      await page.keyboard.press('Enter');
      await page.getByRole('alert').waitFor();
      await page.getByLabel('Key').focus();
      await page.keyboard.type(key);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Ranked calls' }).waitFor();
      expect(new URL(page.url()).search).toBe('?decision=call');
      expect(await page.evaluate('document.cookie')).toBe('');
      await page.getByRole('button', { name: 'Sign out' }).click();
      await go(page, '/');
      expect(new URL(page.url()).pathname).toBe('/sign-in');
    });
    strange.splice(0); // the console tells of the 401 that was meant
  });

  test('show the calls and lead to a trial with its evidence, by keyboard alone', async () => {
    await signedIn(async (page) => {
      await go(page, '/?decision=call');
      await picture(page, 'calls');
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
      const row = page.locator('.ranked tbody tr').first();
      const nctId = /NCT\d{8}/.exec((await row.textContent()) ?? '')?.[0] ?? '';
      await row.getByRole('link').focus();
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/trials\//);
      expect(page.url()).toContain(nctId);
      const text = (await page.locator('main').textContent()) ?? '';
      for (const part of ['Why', 'How the number came about', 'What is unknown', 'p_fail']) {
        expect(text).toContain(part);
      }
      const answer = await fetch(`${bed.api.url}/v1/publications/current/trials/${nctId}`, {
        headers: { authorization: `Bearer ${key}` },
      });
      const { evidence } = (await answer.json()) as { evidence: { score: { p_fail: number } } };
      expect(text).toContain(evidence.score.p_fail.toFixed(3));
      await picture(page, 'trial');
    });
    expect(strange).toEqual([]);
  });

  test('filter by a form that needs no script', async () => {
    await signedIn(
      async (page) => {
        await go(page, '/');
        const all = await page.locator('.ranked tbody tr').count();
        await page.getByLabel('Decision').selectOption('call');
        await page.getByRole('button', { name: 'Show' }).click();
        await page.getByRole('heading', { name: 'Ranked calls' }).waitFor();
        const called = await page.locator('.ranked tbody tr').count();
        expect(called).toBeGreaterThan(0);
        expect(called).toBeLessThan(all);
      },
      { javaScriptEnabled: false },
    );
    expect(strange).toEqual([]);
  });

  test('follow a run by its events to its end, and without script by looking again', async () => {
    const gate = gateOn(/\/signals\//);
    const worker = await bed.harness.startWorker({
      artifacts: (real) => withPutFault(real, gate.fault),
    });
    const input = await bed.harness.register({ identity: { universe_rule: 'read-out' } });
    await signedIn(async (page) => {
      await go(page, `/runs/${input.header.runId}`);
      await bed.harness.client.startRun(input);
      await page.locator('[data-field="stage"]', { hasText: /freeze|signals|score/ }).waitFor();
      await picture(page, 'run');
      await signedIn(
        async (plain) => {
          const response = await go(plain, `/runs/${input.header.runId}`);
          expect(await response?.text()).toContain('<meta http-equiv="refresh"');
        },
        { javaScriptEnabled: false },
      );
      gate.open();
      await page.getByRole('link', { name: 'What it published' }).waitFor({ timeout: 60_000 });
      await picture(page, 'run-ended');
    });
    await worker.stop();
    expect(strange).toEqual([]);
  }, 180_000);

  test('compare two runs', async () => {
    await signedIn(async (page) => {
      await go(page, '/runs');
      await picture(page, 'runs');
      await page.getByRole('button', { name: 'Compare' }).click();
      await page.waitForURL(/\/diff\?/);
      expect(await page.locator('main').textContent()).toContain(runs[1]);
      await picture(page, 'diff');
    });
    expect(strange).toEqual([]);
  });

  test('fit a phone: nothing is wider than the screen, nothing that is tapped is tiny', async () => {
    await signedIn(
      async (page) => {
        await go(page, '/');
        const [first] = await page.locator('.ranked a').all();
        const trial = (await first?.getAttribute('href')) ?? '';
        const diff = `/diff?a=${runs[0]}&b=${runs[1]}`;
        for (const what of [
          '/',
          trial,
          '/runs',
          `/runs/${runs[0]}`,
          diff,
          '/sign-in',
          '/trials/NCT99999999',
        ]) {
          await go(page, what);
          const wide = await page.evaluate('document.documentElement.scrollWidth');
          expect([what, wide]).toEqual([what, PHONE.width]);
          for (const button of await page.locator('button, select').all()) {
            const box = await button.boundingBox();
            expect(box?.height).toBeGreaterThanOrEqual(32);
          }
          const name = what.split('?')[0]?.replaceAll(/\W+/g, '-') ?? '';
          await picture(page, `phone${name}`);
        }
      },
      { viewport: PHONE, isMobile: true, hasTouch: true },
    );
    strange.splice(0); // the console tells of the trial that is not there
  });

  test('run nothing that a record or an address brings along', async () => {
    await signedIn(async (page) => {
      const attack = '<img src=x onerror=alert(1)><script>alert(1)</script>';
      page.on('dialog', () => strange.push('a script ran'));
      const response = await go(page, `/?text=${encodeURIComponent(attack)}`);
      expect(response?.headers()['content-security-policy']).toContain("default-src 'none'");
      expect(await page.locator('main img, main script').count()).toBe(0);
      expect(await page.getByRole('searchbox').inputValue()).toBe(attack);
    });
    expect(strange).toEqual([]);
  });

  test('lead nobody elsewhere after the sign-in, and write nothing for a cookie', async () => {
    for (const next of [
      '//evil.example',
      'https://evil.example',
      '/\\evil.example',
      '/%0d%0aset-cookie:x',
    ]) {
      const response = await fetch(`${bed.api.url}/sign-in`, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ key, next }).toString(),
      });
      expect(response.status).toBe(303);
      expect(response.headers.get('location')).toMatch(/^\/(?![/\\])/);
      expect(response.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Strict/);
    }
    const admin = (await apiKeys(bed.harness, { root: { role: 'admin' } })).root;
    const cancel = await fetch(`${bed.api.url}/v1/runs/${runs[0]}/cancel`, {
      method: 'POST',
      headers: { cookie: `ncfd_key=${admin}`, 'content-type': 'application/json' },
      body: JSON.stringify({ reason: 'by a form of another site' }),
    });
    expect(cancel.status).toBe(401);
  });
});
