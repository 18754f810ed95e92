/** `<xmpp-presence>` in a real Chromium, on a page of another origin with a strict policy, before a gateway that breaks as the test wants. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { waitUntil } from '../servers/wait.js';
import type { GatewayStandIn } from './gateway-stand-in.js';
import { become, DEADLINE, setWidgetStage, widgets } from './widget-stage.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const FORTY = Array.from({ length: 40 }, (_, i) => `user${i}@home.test`);

/** What a page has read of streams is in `pieces`. */
const COUNT_PIECES = `const { prototype } = ReadableStreamDefaultReader;
const { read } = prototype;
prototype.read = function () {
  const piece = read.call(this);
  void piece.then(() => (window.pieces = (window.pieces ?? 0) + 1));
  return piece;
}`;

const stage = setWidgetStage();
let gateway: GatewayStandIn;
beforeEach(() => {
  ({ gateway } = stage());
});
const visit = (html: string, options?: BrowserContextOptions, prepare?: (page: Page) => Promise<unknown>) => stage().visit(html, options, prepare);
const opened = (count: number) => stage().opened(count);

describe('a page with forty widgets', () => {
  it('is live by one stream', async () => {
    for (const id of FORTY) gateway.tell({ id, presence: 'online', status: `I am ${id}` });
    const { page, wrong } = await visit(widgets(FORTY));
    await become(page, 'all are online', (all) => all.every((words, i) => words.startsWith('Online') && words.includes(`I am ${FORTY[i]}`)));
    for (const id of FORTY) gateway.tell({ id, presence: 'online', show: 'dnd' });
    await become(page, 'all are busy, and no longer say why', (all) => all.every((words) => words.startsWith('Do not disturb') && !words.includes('I am')));
    for (const id of FORTY) gateway.tell({ id, presence: 'unknown' });
    await become(page, 'nobody is seen', (all) => all.every((words) => words.startsWith('Unknown')));
    expect(gateway.streams).toEqual([FORTY]);
    expect(gateway.asked.map((asked) => asked.split('?')[0])).toEqual(['GET /widget.js', 'GET /live.js', 'GET /v1/stream']);
    expect(wrong).toEqual([]);
  });

  it('parts an Arabic status from what stands before it', async () => {
    gateway.tell({ id: 'a', presence: 'online', status: 'مرحبا بالعالم' });
    const { page } = await visit(widgets(['a']));
    await become(page, 'he is online', ([words = '']) => words.includes('مرحبا'));
    // The sign that parts them is the beginning of its box, on the side from which the page is read.
    const gap = await page.evaluate("((status) => { const words = document.createRange(); words.selectNodeContents(document.createTreeWalker(status, NodeFilter.SHOW_TEXT).nextNode()); return words.getBoundingClientRect().left - status.getBoundingClientRect().left; })(document.querySelector('xmpp-presence').shadowRoot.querySelector('.status'))");
    expect(gap).toBeGreaterThan(3);
  });

  it('asks once for those who come together, for each once, and lets the stream be when some go', async () => {
    const { page } = await visit(widgets(['romeo@home.test', 'Romeo@Home.test']));
    await opened(1);
    await page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<xmpp-presence of=a@home.test></xmpp-presence><xmpp-presence of=b@home.test></xmpp-presence>')");
    await opened(2);
    await page.evaluate("document.querySelector('[of=\"a@home.test\"]').remove()");
    gateway.tell({ id: 'b@home.test', presence: 'online' });
    await become(page, 'b is online', (all) => all[2]?.startsWith('Online') === true);
    expect(gateway.streams).toEqual([['romeo@home.test'], ['romeo@home.test', 'a@home.test', 'b@home.test']]);
    expect(gateway.open.size).toBe(1);
    await page.evaluate("document.querySelectorAll('xmpp-presence').forEach((one) => one.remove())");
    await waitUntil('nobody listens', () => gateway.open.size === 0, DEADLINE);
    expect(gateway.streams.length).toBe(2);
  });

  it('reads events that come in pieces', async () => {
    const { page } = await visit(widgets(['romeo@home.test']), {}, (one) => one.addInitScript(COUNT_PIECES));
    await waitUntil('the stream is heard', () => page.evaluate<boolean>('window.pieces === 1'), DEADLINE);
    for (const [i, piece] of ['event: presence\nid: first-1\nda', 'ta: {"id":"romeo@home.test","presence":"onl', 'ine","status":"sö'].entries()) {
      gateway.write(piece);
      await waitUntil(`piece ${i} is heard`, () => page.evaluate<boolean>(`window.pieces === ${i + 2}`), DEADLINE);
    }
    gateway.write('"}\n');
    gateway.write('\n');
    await become(page, 'he is online', ([words]) => words?.startsWith('Online sö') === true);
  });

  it('asks for very many by a body', async () => {
    const names = Array.from({ length: 300 }, (_, i) => `somebody.with.a.name.${i}@chat.home.test`);
    for (const id of names) gateway.tell({ id, presence: 'online' });
    const { page, wrong } = await visit(widgets(names));
    await become(page, 'all are online', (all) => all.every((words) => words.startsWith('Online')));
    expect(gateway.streams).toEqual([names]);
    expect(gateway.asked.slice(-2)).toEqual(['GET /live.js', 'POST /v1/stream']);
    expect(wrong).toEqual([]);
  });
});

describe('a stream that ends', () => {
  it('goes on after its last event', async () => {
    for (const id of FORTY) gateway.tell({ id, presence: 'online' });
    const { page } = await visit(widgets(FORTY));
    await become(page, 'all are online', (all) => all.every((words) => words.startsWith('Online')));
    gateway.cut();
    gateway.tell({ id: 'user7@home.test', presence: 'offline' });
    await become(page, 'one has gone', (all) => all[7]?.startsWith('Offline') === true && all[8]?.startsWith('Online') === true);
    expect(gateway.asked.at(-1)).toMatch(/&last=first-40$/);
  });

  it('is tried again until the gateway is back, and says meanwhile that it does not know', async () => {
    gateway.tell({ id: 'romeo@home.test', presence: 'online' });
    const { page } = await visit(widgets(['romeo@home.test']), {}, (one) => one.clock.install());
    const passing = (what: string, selector: string) => waitUntil(what, async () => {
      await page.clock.runFor(500);
      return (await page.locator(selector).count()) === 1;
    }, DEADLINE);
    await passing('Romeo is online', '[state=online]:not([stale])');
    gateway.status = gateway.presenceStatus = 503;
    gateway.cut();
    await passing('that is not sure any more', '[state=online][stale]');
    gateway.status = 200;
    gateway.epoch = 'second';
    gateway.tell({ id: 'romeo@home.test', presence: 'offline' });
    await passing('Romeo has gone', '[state=offline]:not([stale])');
  });

  it('is opened again when it has fallen silent, and at once when the machine wakes up or changes its network', async () => {
    const { page } = await visit(widgets(['romeo@home.test']), {}, async (one) => {
      await one.clock.install();
      await one.addInitScript(COUNT_PIECES);
    });
    await page.clock.runFor(100);
    await opened(1);
    await waitUntil('the first was heard', () => page.evaluate<boolean>('window.pieces === 1'), DEADLINE);
    // Whoever is on the stream already is no reason for another.
    await page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<xmpp-presence of=romeo@home.test></xmpp-presence>')");
    await page.clock.runFor(50_000);
    gateway.beat();
    await waitUntil('the beat was heard', () => page.evaluate<boolean>('window.pieces === 2'), DEADLINE);
    // Nor is somebody who looks at the page again while it is well.
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await page.clock.runFor(20_000);
    expect(gateway.streams.length).toBe(1);
    await page.clock.runFor(60_000);
    await opened(2);
    await page.clock.fastForward(3_600_000);
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await page.clock.runFor(100);
    await opened(3);
    await page.evaluate("dispatchEvent(new Event('online'))");
    await page.clock.runFor(100);
    await opened(4);
    await waitUntil('the others are closed', () => gateway.open.size === 1, DEADLINE);
  });

  it('is not held by a page that nobody looks at', async () => {
    const { page } = await visit(widgets(['romeo@home.test']), {}, (one) => one.clock.install());
    await page.clock.runFor(100);
    await opened(1);
    const look = (hidden: boolean) => page.evaluate(`Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true }), document.dispatchEvent(new Event('visibilitychange'))`);
    // Who comes back in time has it all along.
    await look(true);
    await page.clock.runFor(20_000);
    await look(false);
    gateway.tell({ id: 'romeo@home.test', presence: 'offline' });
    await page.locator('[state=offline]').waitFor({ timeout: DEADLINE });
    await page.clock.runFor(45_000);
    expect([gateway.streams.length, gateway.open.size]).toEqual([1, 1]);
    gateway.tell({ id: 'romeo@home.test', presence: 'unknown' });
    await page.locator('[state=unknown]').waitFor({ timeout: DEADLINE });
    await look(true);
    await page.clock.runFor(40_000);
    gateway.tell({ id: 'romeo@home.test', presence: 'online' });
    await page.locator('[state=online]').waitFor({ timeout: DEADLINE });
    await page.clock.runFor(21_000);
    await waitUntil('it is closed', () => gateway.open.size === 0, DEADLINE);
    // A network that comes and goes, and pieces of the page that come, are no reason.
    await page.evaluate("dispatchEvent(new Event('online')), document.querySelector('main').insertAdjacentHTML('beforeend', '<xmpp-presence of=a@home.test></xmpp-presence>')");
    await page.clock.runFor(5_000);
    expect(gateway.streams.length).toBe(1);
    await look(false);
    await page.clock.runFor(100);
    await opened(2);
    expect(gateway.streams.at(-1)).toEqual(['romeo@home.test', 'a@home.test']);
  });

  it('is closed when the page is left, and open again when somebody comes back to it', async () => {
    const { page } = await visit(widgets(['romeo@home.test']));
    await opened(1);
    await page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))");
    await waitUntil('it is closed', () => gateway.open.size === 0, DEADLINE);
    await page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))");
    await opened(2);
    gateway.tell({ id: 'romeo@home.test', presence: 'online' });
    await become(page, 'he is online', (all) => all[0]?.startsWith('Online') === true);
  });

  it('is not held by a page that was opened in the background', async () => {
    const { page } = await visit(widgets(['romeo@home.test']), {}, async (one) => {
      await one.clock.install();
      await one.addInitScript("Object.defineProperty(document, 'hidden', { value: true, configurable: true })");
    });
    await page.clock.runFor(100);
    await opened(1);
    await page.clock.runFor(40_000);
    gateway.tell({ id: 'romeo@home.test', presence: 'online' });
    await page.locator('[state=online]').waitFor({ timeout: DEADLINE });
    await page.clock.runFor(21_000);
    await waitUntil('it is closed', () => gateway.open.size === 0, DEADLINE);
    await page.clock.runFor(60_000);
    expect([gateway.streams.length, gateway.open.size]).toEqual([1, 0]);
  });
});

describe('the colours that a page names', () => {
  it('are those of the widget, whatever the page calls its own', async () => {
    gateway.tell({ id: 'r', presence: 'online' });
    const { page } = await visit(widgets(['r'], 'look=card'), { bypassCSP: true });
    const names = ['paper', 'p', 'l', 'd', 'c'].map((name) => `--${name}:#010203`).join(';');
    for (const name of ['paper', 'p', 'l', 'd', 'c']) {
      await page.evaluate(`document.head.insertAdjacentHTML('beforeend', '<style>:root{${names}}xmpp-presence{--xmpp-presence-paper:var(--${name});--xmpp-presence-online:var(--${name})}svg{transition:none!important}</style>')`);
      await page.locator('xmpp-presence[state=online]').waitFor({ timeout: DEADLINE });
      const seen = (): Promise<unknown> => page.evaluate("((root) => [getComputedStyle(root.querySelector('path+path')).stroke, getComputedStyle(root.querySelector('.box')).backgroundColor, getComputedStyle(root.querySelector('svg')).color])(document.querySelector('xmpp-presence').shadowRoot)");
      await waitUntil(`${name} is used`, async () => JSON.stringify(await seen()) === JSON.stringify(['rgb(1, 2, 3)', 'rgb(1, 2, 3)', 'rgb(1, 2, 3)']), DEADLINE).catch(async (error: unknown) => {
        throw new Error(`${String(error)}: ${JSON.stringify(await seen())}`);
      });
    }
  });
});

describe('what somebody else wrote', () => {
  const EVIL = '"><img src=x onerror=alert(1)><script>alert(2)</script>';

  it('is text, whatever it is', async () => {
    gateway.tell({ id: 'e', presence: 'online', status: EVIL, name: `<b>${EVIL}`, client: EVIL, xmpp: 'javascript:alert(3)', mail: 'javascript:alert(4)', picture: 'javascript:alert(5)' });
    const { page, wrong } = await visit(widgets(['e']));
    await become(page, 'it is there', ([words]) => words?.includes('onerror') === true);
    const inside = await page.evaluate("((root) => [root.querySelectorAll('b, script, [onerror]').length, root.querySelectorAll('[href]').length])(document.querySelector('xmpp-presence').shadowRoot)");
    expect(inside).toEqual([0, 0]);
    expect(wrong).toEqual([]);
  });

  it('can be a way to write to him, a name and a picture', async () => {
    gateway.tell({ id: 'r', presence: 'online', name: 'Romeo', xmpp: 'xmpp:romeo@home.test', mail: 'mailto:romeo@mail.test', picture: '/u/r/picture?v=1' });
    const { page, wrong } = await visit(`<meta name=referrer content=no-referrer>${widgets(['r'], 'look=card')}`);
    await page.locator('xmpp-presence[state=online]').waitFor({ timeout: DEADLINE });
    expect(await page.evaluate("[...document.querySelector('xmpp-presence').shadowRoot.querySelectorAll('a')].map((one) => [one.textContent, one.href])")).toEqual([['Romeo Online', 'xmpp:romeo@home.test'], ['Write a mail', 'mailto:romeo@mail.test']]);
    await waitUntil('the picture is there', async () => (await page.evaluate("document.querySelector('xmpp-presence').shadowRoot.querySelector('img').naturalWidth")) === 40, DEADLINE);
    // Who shows himself to this site alone shows it his picture too.
    expect(gateway.askedFrom).toEqual([`${await page.evaluate<string>('location.origin')}/`]);
    gateway.tell({ id: 'r', presence: 'unknown' });
    await page.locator('xmpp-presence[state=unknown]').waitFor({ timeout: DEADLINE });
    expect(await page.evaluate("((root) => [root.querySelectorAll('img, [href]').length, root.textContent.includes('Romeo')])(document.querySelector('xmpp-presence').shadowRoot)")).toEqual([0, false]);
    expect(wrong).toEqual([]);
  });

  it('is said whole: how he is there, when he was seen, in a tool tip too, and read out where the page wants that', async () => {
    gateway.tell({ id: 'r', presence: 'online', show: 'away', status: 'In Mantua', client: 'phone', last_seen: '2026-11-27T12:00:00Z', mail: 'mailto:romeo@mail.test', picture: '/not/there' });
    const { page } = await visit(`${widgets(['r'], 'announce')}${widgets(['r'])}`, { locale: 'en-GB', timezoneId: 'UTC' });
    await waitUntil('the picture that cannot be had is gone', () => gateway.asked.includes('GET /not/there') && page.evaluate<boolean>("document.querySelector('xmpp-presence').shadowRoot.querySelector('img, .pictured') === null"), DEADLINE);
    const said = await page.evaluate("[...document.querySelectorAll('xmpp-presence')].map(({ shadowRoot: root }) => [root.querySelector('.box').title, root.querySelector('.box').role, [...root.querySelectorAll('[href]')].map((one) => one.href)])");
    const title = 'Away · on a phone\nIn Mantua\nLast seen 27 Nov 2026, 12:00';
    expect(said).toEqual([[title, 'status', ['mailto:romeo@mail.test']], [title, null, ['mailto:romeo@mail.test']]]);
  });
});

describe('for who makes a page', () => {
  it('it tells of each change once, also after a break, and goes by the words that it is given', async () => {
    gateway.tell({ id: 'r', presence: 'online', show: 'away' });
    const { page } = await visit('<xmpp-presence of=r>Mein Romeo</xmpp-presence>', {}, (one) => one.addInitScript("addEventListener('presencechange', ({ target, detail }) => (window.told ??= []).push([target.of, detail.presence, detail.show]))"));
    await page.locator('xmpp-presence[state=away]').waitFor({ timeout: DEADLINE });
    await page.evaluate(`import('${gateway.url}/widget.js').then(({ words }) => void Object.assign(words, { dnd: 'beschäftigt' }))`);
    gateway.epoch = 'second';
    gateway.cut();
    await opened(2);
    gateway.tell({ id: 'r', presence: 'online', show: 'dnd' });
    await page.locator('xmpp-presence[state=dnd]').waitFor({ timeout: DEADLINE });
    expect(await page.evaluate('window.told')).toEqual([['r', 'online', 'away'], ['r', 'online', 'dnd']]);
    expect(await page.evaluate("((one) => [one.shadowRoot.querySelector('.state').textContent, one.textContent])(document.querySelector('xmpp-presence'))")).toEqual(['beschäftigt', 'Mein Romeo']);
  });

  it('the script may be there twice, and a widget may turn to somebody else', async () => {
    gateway.tell({ id: 'a', presence: 'online' });
    gateway.tell({ id: 'b', presence: 'offline' });
    const { page, wrong } = await visit(`${widgets(['a'])}<script type=module src="${gateway.url}/widget.js?again"></script>`);
    await page.locator('xmpp-presence[state=online]').waitFor({ timeout: DEADLINE });
    await page.evaluate("document.querySelector('xmpp-presence').of = 'b'");
    await page.locator('xmpp-presence[state=offline]').waitFor({ timeout: DEADLINE });
    expect(wrong).toEqual([]);
  });
});

describe('a widget', () => {
  it('that turns to somebody else tells nothing of the one before, whether the gateway is there or not', async () => {
    gateway.tell({ id: 'a', presence: 'online', name: 'Ann', status: 'In Mantua', xmpp: 'xmpp:a@home.test' });
    const { page } = await visit(widgets(['a']));
    await page.locator('xmpp-presence[state=online]').waitFor({ timeout: DEADLINE });
    gateway.status = 503;
    const turned = (to: string) => page.evaluate(`((one) => { one.setAttribute('of', ${JSON.stringify(to)}); return [one.presence, one.getAttribute('state'), [...one.shadowRoot.querySelectorAll('.given,.state,.status,.seen')].map((each) => each.textContent).join(''), one.shadowRoot.querySelectorAll('[href]').length]; })(document.querySelector('xmpp-presence'))`);
    expect(await turned('b')).toEqual([undefined, null, '', 0]);
    await turned('a');
    await page.locator('xmpp-presence[state=online]').waitFor({ timeout: DEADLINE });
    expect(await turned('')).toEqual([undefined, null, '', 0]);
  });

  it('of somebody who was away from the page shows nothing of before', async () => {
    gateway.tell({ id: 'a', presence: 'online' });
    const { page } = await visit(widgets(['a']));
    await page.locator('xmpp-presence[state=online]').waitFor({ timeout: DEADLINE });
    await page.evaluate("document.querySelector('xmpp-presence').of = 'b'");
    await opened(2);
    gateway.status = gateway.presenceStatus = 503;
    const state = page.evaluate("((one) => { one.of = 'a'; return new Promise((resolve) => setTimeout(() => resolve(one.getAttribute('state')))); })(document.querySelector('xmpp-presence'))");
    expect(await state).toBeNull();
  });

  it('that is moved in the page goes on, by the same stream, and says nothing of it', async () => {
    gateway.tell({ id: 'a', presence: 'online' });
    gateway.tell({ id: 'b', presence: 'online' });
    const { page } = await visit(`${widgets(['a', 'b'])}<p id=end></p>`);
    await become(page, 'both are there', (all) => all.every((words) => words.startsWith('Online')));
    await page.evaluate("addEventListener('presencechange', () => (window.changes = (window.changes ?? 0) + 1)); document.querySelector('#end').append(document.querySelector('xmpp-presence'))");
    gateway.tell({ id: 'a', presence: 'offline' });
    await become(page, 'it goes on', (all) => all.some((words) => words.startsWith('Offline')) && all.some((words) => words.startsWith('Online')));
    expect([gateway.streams.length, await page.evaluate('window.changes')]).toEqual([1, 1]);
  });
});

const STATES = [['online'], ['chat', 'chat'], ['away', 'away'], ['xa', 'xa'], ['dnd', 'dnd'], ['offline'], ['unknown']] as const;

describe.each([['light', 1200], ['dark', 390]] as const)('in a %s window of %i pixels', (colorScheme, width) => {
  it.each(['line', 'dot', 'card'])('a page with widgets (%s) has no barrier', async (look) => {
    for (const [id, show] of STATES) {
      const presence = id === 'offline' || id === 'unknown' ? id : 'online';
      gateway.tell({ id, presence, ...(show && { show }), ...(presence !== 'unknown' && { name: 'Juliet Capulet', status: 'Parting is such sweet sorrow, '.repeat(6), xmpp: 'xmpp:juliet@home.test', mail: 'mailto:j@mail.test', picture: '/u/x/picture', last_seen: '2026-11-27T12:00:00Z' }) });
    }
    // The page's own policy would keep the tester out as well.
    const { page } = await visit(`<meta name=color-scheme content="light dark"><h1>People</h1>${widgets(STATES.map(([id]) => id), `look=${look}`)}`, { colorScheme, viewport: { width, height: 844 }, bypassCSP: true });
    await become(page, 'all are there', (all) => all.every((words) => words !== ''));
    await page.evaluate(AXE);
    const violations: { id: string; nodes: { html: string }[] }[] = await page.evaluate("axe.run(document, { rules: { 'target-size': { enabled: true } } }).then((result) => result.violations)");
    expect(violations.map((one) => `${one.id}: ${one.nodes[0]?.html}`)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  });
});
