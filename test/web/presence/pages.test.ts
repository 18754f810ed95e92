/** The page of somebody in a real Chromium: everybody can read it, and it stays as the gateway would write it now. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFailure } from '../../../src/failure.js';
import { createLog } from '../../../src/log.js';
import type { State } from '../../../src/presence/view.js';
import type { Part } from '../../../src/web/answer.js';
import { Front } from '../../../src/web/front.js';
import { Door } from '../../../src/web/presence/door.js';
import { Hub } from '../../../src/web/presence/hub.js';
import { People } from '../../../src/web/presence/people.js';
import { STREAM_LIMITS } from '../../../src/web/presence/stream-places.js';
import { StreamPart } from '../../../src/web/presence/stream.js';
import { WIDGET_PATHS, WidgetPart } from '../../../src/web/presence/widget-part.js';
import { startPublicListener, type PublicListener } from '../../../src/web/public.js';
import { claimPorts } from '../../servers/ports.js';
import { waitUntil } from '../../servers/wait.js';
import { png } from '../mails.js';
import { faultsOf } from '../page-faults.js';
import { idOf, publicationOf, worldOf, type Inhabitant } from './world.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const DEADLINE = 10_000;
const HOUR = 3_600_000;
const EVIL = '"><img src=x onerror=alert(1)><script>alert(2)</script>';
const FACE = { name: 'Juliet Capulet', picture: { id: 'ab'.repeat(32), type: 'image/png', bytes: png(60, 60) } } as const;

const online = (more: Partial<State> = {}): State => ({ online: true, changedAt: Date.now() - HOUR, ...more });
const PEOPLE: Readonly<Record<string, Omit<Inhabitant, 'publication'> & { readonly write?: boolean }>> = {
  a: { state: online({ status: 'Parting is such sweet sorrow', client: 'pc' }), face: FACE, write: true },
  b: { state: online({ show: 'away', idleSince: Date.now() - HOUR, client: 'phone' }), face: { name: 'Romeo' } },
  c: { state: online({ show: 'chat', status: EVIL }), face: { name: EVIL }, write: true },
  d: { state: online({ show: 'dnd', status: 'a long word: '.repeat(18) }) },
  e: { state: online({ show: 'xa' }), face: { name: 'Benvolio' }, write: true },
  f: { state: { online: false, seenAt: Date.now() - 30 * HOUR } },
};
const world = worldOf(Object.entries(PEOPLE).map(([letter, { write = false, ...one }]) => ({ ...one, publication: publicationOf(letter, { write }) })));

let browser: Browser;
let listener: PublicListener;
let hub: Hub;
let publicUrl: string;

beforeAll(async () => {
  const [port = 0] = await claimPorts(1);
  publicUrl = `http://localhost:${port}/post`;
  const { publisher } = world;
  const door = new Door({ holder: () => undefined, rate: 1_000_000, publicUrl, running: () => 0 });
  hub = new Hub({ publisher, isGood: () => true, watched: () => undefined, publicUrl, limits: STREAM_LIMITS });
  hub.start();
  const people = new People({ publisher, door, publicUrl, clock: Date.now });
  const picture: Part = { answer: () => ({ status: 200, headers: { 'content-type': 'image/png' }, body: FACE.picture.bytes }) };
  const parts = new Map<string, Part>([
    ['u', { answer: (request) => (request.target.includes('/picture') ? picture : people).answer(request) }],
    ['v1', new StreamPart({ hub, publisher, door })],
    ...WIDGET_PATHS.map((name) => [name, new WidgetPart()] as const),
  ]);
  const nothing = { answer: () => Promise.resolve({ status: 404, headers: {}, body: '' }) };
  const started = await startPublicListener({ host: '127.0.0.1', port }, new Front({ publicUrl, parts, mails: nothing }), createLog('fatal'));
  if (isFailure(started)) throw new Error(started.text);
  listener = started;
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
}, 60_000);

afterAll(async () => {
  await browser.close();
  hub.close();
  await listener.close();
});

async function visit(path: string, options: BrowserContextOptions = {}): Promise<{ page: Page; wrong: readonly string[] }> {
  const page = await (await browser.newContext(options)).newPage();
  const wrong = faultsOf(page);
  await page.goto(`${publicUrl}/${path}`);
  return { page, wrong };
}

describe('with its script', () => {
  it('goes on with what changes, and keeps what does not', async () => {
    const { page, wrong } = await visit(`u/${idOf('a')}`);
    await page.locator('[data-is-live]').waitFor({ timeout: DEADLINE });
    await page.evaluate("window.before = [document.querySelector('img'), document.querySelector('[role=status]'), document.querySelector('.button')]");
    await page.locator('.button').first().focus();
    world.change('a', online({ show: 'dnd', status: EVIL }));
    await page.getByText('Do not disturb').waitFor({ timeout: DEADLINE });
    await page.getByText(EVIL).waitFor({ timeout: DEADLINE });
    expect(await page.title()).toBe('Juliet Capulet is not to be disturbed');
    expect(await page.evaluate('document.body.className')).toBe('dnd');
    expect(await page.evaluate("[document.querySelector('[role=status]') === before[1], document.activeElement === before[2], document.querySelectorAll('[onerror]').length]")).toEqual([true, true, 0]);
    world.change('a', { online: false });
    await page.getByText('Offline').waitFor({ timeout: DEADLINE });
    expect(wrong).toEqual([]);
    await page.context().close();
  });

  it('becomes the page of nobody when he withdraws it', async () => {
    const { page } = await visit(`u/${idOf('f')}`);
    await page.locator('[data-is-live]').waitFor({ timeout: DEADLINE });
    world.block('f');
    world.change('f', online());
    await page.getByText('Nobody to be seen here').waitFor({ timeout: DEADLINE });
    await page.context().close();
  });
});

describe.each([['light', 1200], ['dark', 390]] as const)('in a %s window of %i pixels', (colorScheme, width) => {
  it.each(['a', 'c', 'd', 'e'])('the page of %s has no barrier', async (letter) => {
    // The page's own policy would keep the tester out as well.
    const { page, wrong } = await visit(`u/${idOf(letter)}`, { colorScheme, viewport: { width, height: 844 }, bypassCSP: true });
    await page.locator('[data-is-live]').waitFor({ timeout: DEADLINE });
    await waitUntil('its colours are there', () => page.evaluate("document.getAnimations().every((one) => one.playState === 'finished')"), DEADLINE);
    await page.evaluate(AXE);
    const violations: { id: string; nodes: { html: string }[] }[] = await page.evaluate("axe.run(document, { rules: { 'target-size': { enabled: true } } }).then((result) => result.violations)");
    expect(violations.map((one) => `${one.id}: ${one.nodes[0]?.html}`)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect(wrong).toEqual([]);
    await page.context().close();
  });
});
