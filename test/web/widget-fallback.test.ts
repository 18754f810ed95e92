/** Where no stream can be had: refused, cut off, held back by a proxy, blocked. The widget asks instead, seldom, and goes on trying. */
import type { Page, Request } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { waitUntil } from '../servers/wait.js';
import { DEADLINE, setWidgetStage, widgets } from './widget-stage.js';

const stage = setWidgetStage();
const ROMEO = 'romeo@home.test';
const STREAM = 'GET /v1/stream';
const PRESENCE = 'GET /v1/presence';

const asked = (path: string): number => stage().gateway.asked.filter((one) => one.split('?')[0] === path).length;

/** Requests that are not answered yet. */
let awaited = 0;

/** The page's time goes on in steps; what is asked in each is answered before the next. */
async function passes(page: Page, seconds: number): Promise<void> {
  const { gateway } = stage();
  for (let passed = 0; passed < seconds; passed += 5) {
    await page.clock.runFor(5_000);
    await waitUntil('all is answered', () => awaited <= gateway.open.size + gateway.held.size, DEADLINE);
    await page.evaluate('new Promise((resolve) => { const { port1, port2 } = new MessageChannel(); port1.onmessage = resolve; port2.postMessage(0); })');
  }
}

const passing = (page: Page, what: string, isIt: () => boolean | Promise<boolean>): Promise<unknown> =>
  waitUntil(what, async () => {
    await page.clock.runFor(500);
    return isIt();
  }, DEADLINE);

const becomes = (page: Page, selector: string): Promise<unknown> => passing(page, selector, async () => (await page.locator(selector).count()) > 0);

const visit = async (names: readonly string[]): Promise<Page> => {
  awaited = 0;
  const { page } = await stage().visit(widgets(names), {}, async (one) => {
    const isAsked = (request: Request): boolean => request.url().includes('/v1/');
    one.on('request', (request) => (awaited += isAsked(request) ? 1 : 0));
    for (const end of ['requestfinished', 'requestfailed'] as const) one.on(end as 'requestfinished', (request) => (awaited -= isAsked(request) ? 1 : 0));
    await one.clock.install();
  });
  return page;
};

describe('a stream that is refused', () => {
  it.each([429, 503, 404])('with %i: the widget shows what it is told when it asks, and is not stale', async (status) => {
    const { gateway } = stage();
    gateway.status = status;
    gateway.tell({ id: ROMEO, presence: 'online' });
    const page = await visit([ROMEO, 'nobody@home.test']);
    await becomes(page, '[state=online]:not([stale])');
    expect(gateway.questions[0]).toEqual([ROMEO, 'nobody@home.test']);
    gateway.tell({ id: ROMEO, presence: 'online', show: 'dnd' });
    await becomes(page, '[state=dnd]:not([stale])');
    expect(await page.locator('[state=unknown]').count()).toBe(1);
  });

  it('is made up for at once: it is asked before another is tried', async () => {
    const { gateway } = stage();
    gateway.status = 503;
    await stage().visit(widgets([ROMEO]), {}, (one) => one.addInitScript('Math.random = () => 0'));
    await waitUntil('it was asked', () => asked(PRESENCE) > 0, DEADLINE);
    expect(gateway.asked.map((one) => one.split('?')[0]).slice(-2)).toEqual([STREAM, PRESENCE]);
    expect(asked(STREAM)).toBe(1);
  });

  it('is tried again, and then nothing is asked any more', async () => {
    const { gateway } = stage();
    gateway.status = 503;
    const page = await visit([ROMEO]);
    await passing(page, 'it was asked twice', () => gateway.questions.length > 1);
    gateway.status = 200;
    await passing(page, 'there is a stream', () => gateway.open.size === 1);
    gateway.tell({ id: ROMEO, presence: 'online' });
    await becomes(page, '[state=online]:not([stale])');
    const { length } = gateway.questions;
    await passes(page, 20);
    gateway.beat();
    await passes(page, 20);
    expect([gateway.questions.length, gateway.open.size]).toEqual([length, 1]);
  });

  it('costs ever less: both are asked for ever more seldom, but each within a minute', async () => {
    const { gateway } = stage();
    gateway.status = 503;
    const page = await visit([ROMEO]);
    await passes(page, 120);
    const [streams, questions] = [asked(STREAM), asked(PRESENCE)];
    expect(streams).toBeLessThan(16);
    expect(questions).toBeLessThan(14);
    await passes(page, 120);
    expect(asked(STREAM) - streams).toBeGreaterThanOrEqual(1);
    expect(asked(STREAM) - streams).toBeLessThanOrEqual(4);
    expect(asked(PRESENCE) - questions).toBeGreaterThanOrEqual(1);
    expect(asked(PRESENCE) - questions).toBeLessThanOrEqual(4);
  });

  it('is left alone for as long as it was said, and so is the question', async () => {
    const { gateway } = stage();
    gateway.status = gateway.presenceStatus = 429;
    gateway.retryAfter = '50';
    const page = await visit([ROMEO]);
    await passing(page, 'both were refused', () => asked(STREAM) === 1 && asked(PRESENCE) === 1);
    // Neither a network that comes back nor somebody who is added to the page is a reason to come before.
    await page.evaluate(`dispatchEvent(new Event('online')), document.querySelector('main').insertAdjacentHTML('beforeend', '<xmpp-presence of=a@home.test></xmpp-presence>')`);
    await passes(page, 45);
    expect([asked(STREAM), asked(PRESENCE)]).toEqual([1, 1]);
    expect(await page.locator('[stale]').count()).toBe(2);
    gateway.status = gateway.presenceStatus = 200;
    await passing(page, 'there is a stream', () => gateway.open.size === 1);
    expect(gateway.streams).toEqual([[ROMEO, 'a@home.test']]);
  });

  it('is left alone for as long as the question was told: both ask the same gateway', async () => {
    const { gateway } = stage();
    gateway.status = 404;
    gateway.presenceStatus = 429;
    gateway.retryAfter = ['/v1/presence', '50'];
    const page = await visit([ROMEO]);
    await passing(page, 'both were refused', () => asked(STREAM) > 0 && asked(PRESENCE) === 1);
    const tried = asked(STREAM);
    await passes(page, 45);
    expect([asked(STREAM), asked(PRESENCE)]).toEqual([tried, 1]);
    gateway.status = 200;
    await passing(page, 'there is a stream', () => gateway.open.size === 1);
  });

  it('does not keep whoever is added to the page from being asked about', async () => {
    const { gateway } = stage();
    gateway.status = 503;
    gateway.retryAfter = '3000';
    gateway.tell({ id: 'a@home.test', presence: 'online' });
    const page = await visit([ROMEO]);
    await becomes(page, '[state=unknown]');
    await page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<xmpp-presence of=a@home.test></xmpp-presence>')");
    await passes(page, 5);
    await becomes(page, '[state=online]');
    expect(asked(STREAM)).toBe(1);
  });

  it('is not asked for, nor is anybody asked about, by a page that nobody looks at', async () => {
    const { gateway } = stage();
    gateway.status = 503;
    const page = await visit([ROMEO]);
    await passing(page, 'it was asked', () => gateway.questions.length > 0);
    await page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true }), document.dispatchEvent(new Event('visibilitychange'))");
    await passes(page, 65);
    const before = [asked(STREAM), asked(PRESENCE)];
    await passes(page, 180);
    expect([asked(STREAM), asked(PRESENCE)]).toEqual(before);
  });
});

describe('a stream that is cut off as soon as it has begun', () => {
  it('is tried ever more seldom', async () => {
    const page = await visit([ROMEO]);
    for (let passed = 0; passed < 120; passed += 5) {
      await passes(page, 5);
      stage().gateway.cut();
    }
    expect(asked(STREAM)).toBeLessThan(15);
  });
});

describe('a stream that was well, and ends', () => {
  it('is opened again when it has said: half of the readers come before, so not all at once', async () => {
    const { gateway } = stage();
    gateway.tell({ id: ROMEO, presence: 'online' });
    const page = await visit([ROMEO]);
    await becomes(page, '[state=online]');
    await page.evaluate('Math.random = () => 0');
    gateway.write('retry: 30000\n\n');
    gateway.tell({ id: ROMEO, presence: 'offline' });
    await becomes(page, '[state=offline]');
    await passes(page, 15);
    gateway.cut();
    await waitUntil('the page has seen it', () => awaited === 0, DEADLINE);
    await passes(page, 10);
    expect(asked(STREAM)).toBe(1);
    await passes(page, 10);
    expect(asked(STREAM)).toBe(2);
  });
});

describe('a stream of which nothing comes', () => {
  it('as behind a proxy that holds it back: what it would say is asked', async () => {
    const { gateway } = stage();
    gateway.isHeldBack = true;
    gateway.tell({ id: ROMEO, presence: 'online' });
    const page = await visit([ROMEO]);
    await becomes(page, '[state=online]:not([stale])');
    gateway.tell({ id: ROMEO, presence: 'offline' });
    await becomes(page, '[state=offline]:not([stale])');
    expect(asked(STREAM)).toBe(1);
    await passes(page, 70);
    await passing(page, 'another is tried', () => asked(STREAM) === 2);
    gateway.isHeldBack = false;
    gateway.tell({ id: ROMEO, presence: 'online', show: 'away' });
    await passes(page, 60);
    await passing(page, 'there is a stream', () => gateway.open.size === 1);
    await becomes(page, '[state=away]:not([stale])');
  });

  it('since it is something else, as a page that asks for a password: it is none', async () => {
    const { gateway } = stage();
    gateway.tell({ id: ROMEO, presence: 'online' });
    const { page } = await stage().visit(widgets([ROMEO]), {}, async (one) => {
      await one.clock.install();
      await one.route('**/v1/stream?*', (route) => route.fulfill({ contentType: 'text/html', headers: { 'access-control-allow-origin': '*' }, body: '<p>Who are you?</p>\n\n' }));
    });
    await becomes(page, '[state=online]:not([stale])');
    expect(gateway.questions[0]).toEqual([ROMEO]);
  });

  it('since something blocks it', async () => {
    const { gateway } = stage();
    gateway.tell({ id: ROMEO, presence: 'online' });
    const { page } = await stage().visit(widgets([ROMEO]), {}, async (one) => {
      await one.clock.install();
      await one.route('**/v1/stream?*', (route) => route.abort('blockedbyclient'));
    });
    await becomes(page, '[state=online]:not([stale])');
  });
});

describe('a name that can be nobody\'s', () => {
  it('keeps no other from being shown: the gateway would refuse them all', async () => {
    const { gateway } = stage();
    gateway.tell({ id: ROMEO, presence: 'online' });
    const many = Array.from({ length: 60 }, (_, i) => `${'ö'.repeat(900)}${i}@home.test`);
    const page = await visit(['a&#9;b', 'x'.repeat(3_072), ROMEO, ...many]);
    await becomes(page, '[state=online]:not([stale])');
    const [names = []] = gateway.streams;
    expect(names.slice(0, 2)).toEqual([ROMEO, many[0]]);
    expect(Buffer.byteLength(JSON.stringify({ ids: names }))).toBeLessThanOrEqual(65_536);
    expect(names.length).toBeGreaterThan(30);
  });
  it('alone on a page asks nothing', async () => {
    const page = await visit(['a&#9;b']);
    await page.evaluate("dispatchEvent(new Event('online'))");
    await passes(page, 20);
    expect([asked(STREAM), asked(PRESENCE)]).toEqual([0, 0]);
    expect(await page.locator('[stale]').count()).toBe(0);
  });

  it('asks nothing any more when the others have gone from the page', async () => {
    const { gateway } = stage();
    gateway.status = 503;
    const page = await visit(['a&#9;b', ROMEO]);
    await passing(page, 'it was asked', () => gateway.questions.length > 0);
    await page.evaluate("document.querySelectorAll('xmpp-presence')[1].remove()");
    const { length } = gateway.questions;
    await passes(page, 90);
    expect(gateway.questions.slice(length)).toEqual([]);
    await page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<xmpp-presence of=a@home.test></xmpp-presence>')");
    await passing(page, 'it is asked again', () => gateway.questions.length > length);
    expect(gateway.questions.at(-1)).toEqual(['a@home.test']);
  });
});
