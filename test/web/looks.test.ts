/** The page of somebody, badges and the generator in a real browser: whole without script, live with it, and nothing of a stranger runs. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Drawing } from '../../src/drawing.js';
import { isFailure } from '../../src/failure.js';
import { createLog } from '../../src/log.js';
import { MachineFonts } from '../../src/machine-fonts.js';
import type { Part } from '../../src/web/answer.js';
import { Front } from '../../src/web/front.js';
import { startPublicListener, type PublicListener } from '../../src/web/public.js';
import { Api } from '../../src/web/presence/api.js';
import { BADGE_HEIGHTS, BADGE_STYLES } from '../../src/web/presence/badge.js';
import { Badges } from '../../src/web/presence/badges.js';
import { Door } from '../../src/web/presence/door.js';
import { Hub } from '../../src/web/presence/hub.js';
import { People } from '../../src/web/presence/people.js';
import { StreamPart } from '../../src/web/presence/stream.js';
import { STREAM_LIMITS } from '../../src/web/presence/stream-places.js';
import { WIDGET_PATHS, WidgetPart } from '../../src/web/presence/widget-part.js';
import { claimPorts } from '../servers/ports.js';
import { waitUntil } from '../servers/wait.js';
import { faultsOf } from './page-faults.js';
import { idOf, publicationOf, worldOf, type Inhabitant } from './presence/world.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const NOW = Date.now();
const EVIL = `"'></title></style><script>document.title='hacked'</script><img src=x onerror="document.title='hacked'"><svg onload="document.title='hacked'">\u202e`;

const INHABITANTS: Inhabitant[] = [
  { publication: publicationOf('a', { write: true }), state: { online: true, status: 'In the garden', client: 'pc', changedAt: NOW }, face: { name: 'Juliet Capulet' } },
  { publication: publicationOf('b', { write: true }), state: { online: true, show: 'dnd', status: EVIL, idleSince: NOW - 600_000, client: 'phone', changedAt: NOW }, face: { name: EVIL } },
  { publication: publicationOf('c', { shown: [] }), state: { online: true } },
  { publication: publicationOf('d', { write: true, audience: 'everybody' }), state: { online: false, seenAt: NOW - 7_200_000 } },
  { publication: publicationOf('e'), state: { online: true, show: 'away', status: 'WWWWWWWW '.repeat(20) }, face: { name: 'MMMMMMMM '.repeat(20) } },
  { publication: publicationOf('f'), state: { online: true, show: 'chat', status: 'مرحبا بالعالم '.repeat(9) }, face: { name: '漢字かな '.repeat(12) } },
  { publication: publicationOf('g'), state: { online: true, show: 'xa' }, face: { name: 'Friar Laurence' } },
];
const world = worldOf(INHABITANTS);
let browser: Browser;
let listener: PublicListener;
let url: string;

beforeAll(async () => {
  const [port = 0] = await claimPorts(1);
  url = `http://localhost:${port}`;
  const { publisher } = world;
  const running = (): number => performance.now();
  const door = new Door({ holder: () => undefined, rate: 600_000, publicUrl: url, running });
  const hub = new Hub({ publisher, publicUrl: url, isGood: () => false, watched: () => undefined, limits: STREAM_LIMITS });
  hub.start();
  const scripts = new WidgetPart();
  const parts = new Map<string, Part>([
    ['v1', new Api({ publisher, door, publicUrl: url, running, more: new Map([['stream', new StreamPart({ hub, publisher, door })]]) })],
    ['u', new People({ publisher, door, publicUrl: url, clock: Date.now })],
    ['badge', new Badges({ publisher, door, drawing: new Drawing(), fonts: new MachineFonts([]) })],
    ...WIDGET_PATHS.map((name) => [name, scripts] as const),
  ]);
  const started = await startPublicListener({ host: '127.0.0.1', port }, new Front({ publicUrl: url, parts, mails: { answer: () => Promise.resolve({ status: 404, headers: {}, body: '' }) } }), createLog('fatal'));
  if (isFailure(started)) throw new Error(started.text);
  listener = started;
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
}, 60_000);

afterAll(async () => {
  await browser.close();
  await listener.close();
});

/** @returns what was asked of elsewhere, and what the browser complained of */
async function visit(path: string, options: BrowserContextOptions, look: (page: Page) => Promise<void>): Promise<string[]> {
  const context = await browser.newContext(options);
  const elsewhere: string[] = [];
  context.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:image/svg+xml,')) elsewhere.push(request.url());
  });
  const page = await context.newPage();
  const faults = faultsOf(page);
  await page.goto(url + path);
  await look(page);
  await context.close();
  return [...elsewhere, ...faults];
}

const textOf = (page: Page, selector: string): Promise<string> => page.locator(selector).first().innerText();

describe('the page of somebody', () => {
  it('is whole without script', async () => {
    expect(
      await visit(`/u/${idOf('a')}`, { javaScriptEnabled: false }, async (page) => {
        expect(await page.title()).toBe('Juliet Capulet is online');
        const text = await textOf(page, 'main');
        for (const word of ['Juliet Capulet', 'Online', 'In the garden', 'At a computer', 'Changed just now', 'a@verona.test']) expect(text).toContain(word);
        expect(text).not.toContain('Live');
      }),
    ).toEqual([]);
  });

  it('follows him, and what is the same is not touched', async () => {
    const wrong = await visit(`/u/${idOf('g')}`, {}, async (page) => {
      await waitUntil('it is live', async () => (await page.evaluate('document.body.hasAttribute("data-is-live")')) === true, 10_000);
      await page.evaluate('document.querySelector("h1 bdi").mine = 1');
      world.change('g', { online: true, show: 'dnd', status: '<b>at prayer</b>' });
      await waitUntil('he is not to be disturbed', async () => (await page.title()) === 'Friar Laurence is not to be disturbed', 10_000);
      expect(await textOf(page, '[role=status]')).toMatch(/Do not disturb\s+<b>at prayer<\/b>/);
      expect(await page.evaluate('[document.body.className, document.querySelector("h1 bdi").mine].join()')).toBe('dnd,1');
      world.change('g', { online: false });
      await waitUntil('he has gone', async () => (await textOf(page, '.standing')) === 'Offline', 10_000);
    });
    expect(wrong).toEqual([]);
  });

  it('has no word that is broken in two at its foot on a phone, whatever the language', async () => {
    const wrong = await visit(`/u/${idOf('a')}?lang=ru`, { viewport: { width: 360, height: 640 } }, async (page) => {
      await waitUntil('it is live', async () => (await page.evaluate('document.body.hasAttribute("data-is-live")')) === true, 10_000);
      expect(await page.evaluate('document.querySelector(".live").offsetHeight')).toBeLessThan(25);
    });
    expect(wrong).toEqual([]);
  });

  it('runs nothing of a stranger', async () => {
    const wrong = await visit(`/u/${idOf('b')}`, {}, async (page) => {
      await waitUntil('it is live', async () => (await page.evaluate('document.body.hasAttribute("data-is-live")')) === true, 10_000);
      expect(await page.title()).toContain('</title>');
      expect(await page.evaluate('[document.scripts.length, document.images.length].join()')).toBe('1,0');
    });
    expect(wrong).toEqual([]);
  });
});

describe('the generator', () => {
  it('shows what is chosen at once, and copies it', async () => {
    const wrong = await visit(`/u/${idOf('a')}/embed`, { permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
      await page.locator('button.copy').first().waitFor();
      expect(await page.locator('#label').isVisible()).toBe(true);
      await page.getByText('Card', { exact: true }).click();
      // Only the flat one has a label.
      expect(await page.locator('#label').isVisible()).toBe(false);
      await waitUntil('the card is shown', async () => (await page.inputValue('#svg')).endsWith('.svg?style=card'), 10_000);
      expect(page.url()).toContain('style=card');
      await page.getByRole('button', { name: 'Copy: Markdown' }).click();
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe(`[![Chat with me](${url}/badge/${idOf('a')}.svg?style=card)](${url}/u/${idOf('a')})`);
      await waitUntil('the live sign is live', async () => (await page.locator('xmpp-presence').getAttribute('state')) === 'online', 10_000);
    });
    expect(wrong).toEqual([]);
  });

  it('is worked by the keyboard alone, and asks no more while somebody types than when he pauses', async () => {
    const wrong = await visit(`/u/${idOf('a')}/embed`, { permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
      await page.locator('button.copy').first().waitFor();
      const focused = (): Promise<string> => page.evaluate("((one) => one.name || one.getAttribute('aria-label') || one.textContent)(document.activeElement)");
      const tabTo = async (name: string): Promise<void> => {
        for (let i = 0; i < 20 && (await focused()) !== name; i++) await page.keyboard.press('Tab');
        expect(await focused()).toBe(name);
      };
      await tabTo('style');
      expect(await page.evaluate("getComputedStyle(document.activeElement.closest('.choice')).outlineStyle")).toBe('solid');
      await page.keyboard.press('ArrowRight');
      await waitUntil('the pill is shown', async () => (await page.inputValue('#svg')).endsWith('?style=pill'), 10_000);
      await page.keyboard.press('ArrowLeft');
      await tabTo('label');
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      await page.keyboard.type('with me, in the evening', { delay: 30 });
      await waitUntil('the label is shown', async () => (await page.inputValue('#svg')).includes('with+me%2C+in+the+evening'), 10_000);
      expect(asked.filter((one) => one.includes('/embed?')).length).toBeLessThan(12);
      await tabTo('Copy: Markdown');
      await page.keyboard.press('Enter');
      await waitUntil('it is copied', async () => /^\[!\[/.test(await page.evaluate('navigator.clipboard.readText()')), 10_000);
      await waitUntil('that is told', async () => (await focused()) === 'Copied: Markdown', 10_000);
    });
    expect(wrong).toEqual([]);
  });

  it('needs no script', async () => {
    await visit(`/u/${idOf('a')}/embed`, { javaScriptEnabled: false }, async (page) => {
      await page.getByText('Flat', { exact: true }).click();
      await page.getByLabel('Label of the flat one').fill('Talk "to" <me> & more');
      await page.getByRole('button', { name: 'Show' }).click();
      await page.waitForURL(/label=/);
      // What is copied is what is seen.
      const elsewhere = await browser.newPage();
      await elsewhere.setContent(await page.inputValue('#html'));
      await waitUntil('the badge is there', () => elsewhere.evaluate<boolean>('document.images[0].naturalHeight === 20'), 10_000);
      await elsewhere.close();
    });
  });
});

/** What the widget says, within its shadow. */
const saidBy = (page: Page, widget: string): Promise<string> => page.evaluate(`document.querySelector(${JSON.stringify(widget)}).shadowRoot.querySelector('.box').textContent`);

describe('languages', () => {
  it('of the page and its generator are the reader\'s, or what he chooses', async () => {
    const wrong = await visit(`/u/${idOf('a')}`, { locale: 'de-AT' }, async (page) => {
      expect([await page.title(), await page.evaluate('document.documentElement.lang')]).toEqual(['Juliet Capulet ist online', 'de']);
      await waitUntil('it is live', async () => (await page.evaluate('document.body.hasAttribute("data-is-live")')) === true, 10_000);
      await page.getByText('Auf der eigenen Seite zeigen').click();
      await page.waitForURL(/embed/);
      await waitUntil('the live sign is in German', async () => (await saidBy(page, 'xmpp-presence')).includes('E-Mail schreiben'), 10_000);
      await page.getByLabel('Sprache').selectOption('Русский');
      await page.waitForURL(/lang=ru/);
      await page.getByRole('button', { name: 'Копировать: Markdown' }).waitFor();
      expect(await page.inputValue('#svg')).toBe(`${url}/badge/${idOf('a')}.svg?lang=ru`);
      await waitUntil('the live sign is in Russian', async () => (await saidBy(page, 'xmpp-presence')).includes('В сети · за компьютером'), 10_000);
    });
    expect(wrong).toEqual([]);
  });

  it('of widgets are those of where they stand', async () => {
    const page = await browser.newPage();
    const asked: string[] = [];
    page.on('request', (request) => /\/words\//.test(request.url()) && asked.push(new URL(request.url()).pathname));
    await page.setContent(`<html lang="fr-CA"><body>
      <xmpp-presence id="fr" of="${idOf('a')}"></xmpp-presence><xmpp-presence id="fr2" of="${idOf('a')}"></xmpp-presence>
      <p lang="pl"><xmpp-presence id="pl" of="${idOf('a')}"></xmpp-presence></p><xmpp-presence id="uk" lang="uk" of="${idOf('a')}" look="card"></xmpp-presence>
      <xmpp-presence id="hu" lang="hu" of="${idOf('a')}"></xmpp-presence><xmpp-presence id="tw" lang="zh-TW" of="${idOf('a')}"></xmpp-presence><xmpp-presence id="d" lang="de" of="d@verona.test" look="card"></xmpp-presence>
      <script type="module" src="${url}/widget.js"></script></body></html>`);
    const says = (id: string, words: string): Promise<unknown> => waitUntil(`${id} says ${words}`, async () => (await saidBy(page, `#${id}`)).includes(words), 10_000);
    await says('fr', 'En ligne · sur un ordinateur');
    await says('fr2', 'En ligne');
    await says('pl', 'Online · przy komputerze');
    await says('uk', 'Написати листа');
    for (const id of ['hu', 'tw']) await says(id, 'Online · at a computer');
    await says('d', 'Zuletzt gesehen:');
    expect(asked.sort()).toEqual(['/words/de.json', '/words/fr.json', '/words/pl.json', '/words/uk.json']);
    await page.evaluate(`document.querySelector('#fr').lang = 'de'`);
    await says('fr', 'am Computer');
    // What the page says itself comes first.
    await page.evaluate(`import('${url}/widget.js').then(({ words }) => { words.online = 'Da!'; document.querySelector('#fr2').lang = 'de'; })`);
    await says('fr2', 'Da! · am Computer');
    expect(await page.evaluate(`document.querySelector('#hu').shadowRoot.querySelector('.box').lang`)).toBe('en');
    await page.close();
  });

  it('that cannot be had are English', async () => {
    const page = await browser.newPage();
    await page.route(/\/words\//, (route) => route.abort());
    await page.setContent(`<html lang="de"><body><xmpp-presence of="${idOf('a')}"></xmpp-presence><script type="module" src="${url}/widget.js"></script></body></html>`);
    await waitUntil('it says so', async () => (await saidBy(page, 'xmpp-presence')).includes('Online · at a computer'), 10_000);
    await page.close();
  });
});

it.each(BADGE_STYLES)('badges of the style %s keep within their picture, and run nothing', async (style) => {
  const wrong = await visit(`/badge/${idOf('a')}.svg?style=${style}`, {}, async (page) => {
    for (const { publication } of INHABITANTS) {
      await page.goto(`${url}/badge/${publication.id}.svg?style=${style}`);
      // What stands in a place of its own is cut at its edge.
      const boxes: { width: number; right: number; bottom: number } = await page.evaluate(`(() => {
        const root = document.documentElement;
        const seen = [...root.querySelectorAll('text, path, circle, rect')].filter((one) => one.ownerSVGElement === root).map((one) => one.getBoundingClientRect());
        return { width: root.getBoundingClientRect().width, right: Math.max(...seen.map(({ right }) => right)), bottom: Math.max(...seen.map(({ bottom }) => bottom)) };
      })()`);
      expect(boxes.right).toBeLessThanOrEqual(boxes.width + 0.5);
      expect(boxes.bottom).toBeLessThanOrEqual(BADGE_HEIGHTS[style] + 2);
      expect(await page.title()).not.toBe('hacked');
    }
  });
  expect(wrong).toEqual([]);
});

describe.each([['light', 1280], ['dark', 390]] as const)('in a %s window of %i pixels', (colorScheme, width) => {
  it.each([`/u/${idOf('a')}`, `/u/${idOf('c')}`, '/u/d@verona.test', `/u/${idOf('e')}`, '/u/nobody', `/u/${idOf('a')}/embed?style=card`, `/u/${idOf('a')}?lang=ru`, '/u/d@verona.test?lang=ja', `/u/${idOf('a')}/embed?lang=de`, `/u/${idOf('a')}/embed?lang=zh`])('%s has no barrier', async (path) => {
    // The page's own policy would keep the tester out as well.
    await visit(path, { colorScheme, viewport: { width, height: 844 }, bypassCSP: true }, async (page) => {
      await page.evaluate(AXE);
      const violations: { id: string; nodes: { html: string }[] }[] = await page.evaluate('axe.run(document).then((result) => result.violations)');
      expect(violations.map((one) => `${one.id}: ${one.nodes[0]?.html}`)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      const small: string[] = await page.evaluate(`[...document.querySelectorAll('a, button, textarea, select, input:not([type=radio]), label:has([type=radio])')].filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 44).map((one) => one.outerHTML)`);
      expect(small).toEqual([]);
    });
  });
});
