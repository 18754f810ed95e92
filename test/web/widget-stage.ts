/** A real Chromium, a gateway that breaks as the test wants, and a page of another origin with widgets and a strict policy. */
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { waitUntil } from '../servers/wait.js';
import { GatewayStandIn, pageServer, type PageServer } from './gateway-stand-in.js';
import { faultsOf } from './page-faults.js';

export const DEADLINE = 10_000;

export const widgets = (names: readonly string[], more = ''): string => names.map((name) => `<p><xmpp-presence of="${name}" ${more}></xmpp-presence></p>`).join('\n');

/** The words of each widget, as they are read. */
export const shown = (page: Page): Promise<string[]> =>
  page.evaluate("[...document.querySelectorAll('xmpp-presence')].map((one) => one.shadowRoot.querySelector('.words').textContent.replace(/ +/g, ' ').trim())");

export const become = (page: Page, what: string, isIt: (all: string[]) => boolean): Promise<unknown> =>
  waitUntil(what, async () => isIt(await shown(page)), DEADLINE);

export class WidgetStage {
  private markup = '';
  private site: PageServer | undefined;

  private constructor(private readonly browser: Browser, readonly gateway: GatewayStandIn) {}

  static async start(browser: Browser): Promise<WidgetStage> {
    const stage = new WidgetStage(browser, await GatewayStandIn.start());
    const from = stage.gateway.url;
    const html = (): string => `<!doctype html><html lang=en><title>Page</title><script type=module src="${from}/widget.js"></script><main>${stage.markup}</main></html>`;
    stage.site = await pageServer(html, `default-src 'none'; script-src ${from}; connect-src ${from}; img-src ${from}`);
    return stage;
  }

  async stop(): Promise<void> {
    for (const context of this.browser.contexts()) await context.close();
    this.site?.stop();
    await this.gateway.stop();
  }

  /** Opens the page; what goes wrong in it is in `wrong`. */
  async visit(html: string, options: BrowserContextOptions = {}, prepare?: (page: Page) => Promise<unknown>): Promise<{ page: Page; wrong: readonly string[] }> {
    this.markup = html;
    const page = await (await this.browser.newContext(options)).newPage();
    const wrong = faultsOf(page);
    await prepare?.(page);
    await page.goto(this.site?.url ?? '');
    return { page, wrong };
  }

  opened(count: number): Promise<unknown> {
    return waitUntil(`${count} streams were opened`, () => this.gateway.streams.length === count, DEADLINE);
  }
}

/** For each test one of its own; the browser is the same. */
export function setWidgetStage(): () => WidgetStage {
  let browser: Browser;
  let stage: WidgetStage;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  }, 60_000);
  afterAll(() => browser.close());
  beforeEach(async () => {
    stage = await WidgetStage.start(browser);
  });
  afterEach(() => stage.stop());
  return () => stage;
}
