/** Mail pages in a real browser: nothing of a mail runs, nothing of it is fetched from elsewhere, and everybody can read them. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFailure } from '../../src/failure.js';
import { createLog } from '../../src/log.js';
import { fileBytes } from '../../src/translate/file-bytes.js';
import { Front } from '../../src/web/front.js';
import { Links } from '../../src/web/links.js';
import { startPublicListener, type PublicListener } from '../../src/web/public.js';
import { Site } from '../../src/web/site.js';
import { claimPorts } from '../servers/ports.js';
import { waitUntil } from '../servers/wait.js';
import { inPieces, mailOf, png } from './mails.js';
import { VECTORS } from './vectors.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const LATER = Date.now() + 3_600_000;

let browser: Browser;
let evil: Server;
let listener: PublicListener;
let links: Links;
const asked: string[] = [];
const mails: Record<string, Buffer> = {};

beforeAll(async () => {
  evil = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end('alert(1)');
  }).listen(0, '127.0.0.1');
  await once(evil, 'listening');
  const elsewhere = `127.0.0.1:${(evil.address() as AddressInfo).port}`;
  const vectors = VECTORS.join('\n<hr>\n').replaceAll('evil.test', elsewhere).replaceAll('https://127', 'http://127').replaceAll('alert(1)', "(top.document.title=document.title='hacked')");
  const logo = { name: 'logo.png', type: 'image/png', bytes: png(60, 40), contentId: 'known' };
  mails.evil = mailOf({ html: `<p id=first>words <img src="cid:known"><a href="https://ok.test/" id=link>link</a></p>${vectors}`, files: [logo, { name: 'evil.svg', type: 'image/svg+xml', bytes: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>document.title="hacked"</script></svg>') }] });
  mails.text = mailOf({ head: { Cc: 'friar@verona.test' }, plain: 'Call me but love.\n\n> quoted https://verona.test/\n>> deeper\n\n-- \nRomeo', files: [{ ...logo, contentId: undefined as never }] });
  mails.media = mailOf({ plain: 'see and hear', files: [{ ...logo }, { name: 'tone.wav', type: 'audio/wav', bytes: silence() }] });
  const [port = 0] = await claimPorts(1);
  const publicUrl = `http://localhost:${port}`;
  links = new Links({ publicUrl, key: randomBytes(32), lifetime: 1_000 });
  const log = createLog('fatal');
  const site = new Site({ links, content: (id) => inPieces(mails[id] ?? Buffer.alloc(0), 65_536), fileIn: (mail, { part }) => fileBytes(mail, part), publicUrl, clock: Date.now, log });
  const started = await startPublicListener({ host: '127.0.0.1', port }, new Front({ publicUrl, parts: new Map(), mails: site }), log);
  if (isFailure(started)) throw new Error(started.text);
  listener = started;
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
}, 60_000);

/** One second of it: RIFF, 8,000 samples of 8 bits. */
function silence(): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF\0\0\0\0WAVEfmt ', 'latin1');
  head.writeUInt32LE(8_036, 4);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8_000, 24);
  head.writeUInt32LE(8_000, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write('data', 36);
  head.writeUInt32LE(8_000, 40);
  return Buffer.concat([head, Buffer.alloc(8_000, 128)]);
}

afterAll(async () => {
  await browser.close();
  await listener.close();
  evil.close();
});

async function visit(url: string, options: BrowserContextOptions, look: (page: Page) => Promise<void>): Promise<string[]> {
  const context = await browser.newContext(options);
  const requests: string[] = [];
  context.on('request', (request) => requests.push(request.url()));
  const page = await context.newPage();
  page.on('dialog', (dialog) => {
    requests.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(url, { waitUntil: 'networkidle' });
  await look(page);
  await context.close();
  return requests;
}

describe('a hostile mail in Chromium', () => {
  it('runs nothing, fetches nothing from elsewhere, and is readable', async () => {
    const url = links.pageUrl('evil', 'verified', LATER);
    const requests = await visit(url, {}, async (page) => {
      expect(await page.title()).toBe('A <b>ball</b> & more');
      const frame = page.frames()[1];
      expect(await frame?.title()).toBe('A <b>ball</b> & more');
      expect(await frame?.locator('#first, p').first().innerText()).toContain('words');
      expect(await frame?.evaluate('document.images[0].naturalWidth')).toBe(60);
      expect(await frame?.evaluate('self.origin')).toBe('null');
      expect(await frame?.evaluate('[document.scripts.length, document.forms.length, frames.length].join()')).toBe('0,0,0');
    });
    expect(requests).toEqual([url, `${url}/html`, `${url}/0/logo.png`]);
    expect(asked).toEqual([]);
  });

  it('has its links opened in a page of their own, which learns of nothing', async () => {
    const requests = await visit(links.pageUrl('evil', 'verified', LATER), {}, async (page) => {
      await page.context().route('https://ok.test/', (route) => route.fulfill({ contentType: 'text/html', body: '<script>document.title=[opener, document.referrer].join()</script>' }));
      const popup = page.waitForEvent('popup');
      await page.frames()[1]?.locator('a').first().click();
      expect(await (await popup).title()).toBe(',');
      expect(page.url()).toContain('/m/');
    });
    expect(requests).toContain('https://ok.test/');
  });

  it('has pictures and sounds that are shown by their own links', async () => {
    const page = await browser.newPage();
    await page.goto(links.fileUrl('media', { part: 0 }, 'logo.png', LATER), { waitUntil: 'commit' });
    await waitUntil('the picture is there', async () => (await page.evaluate('document.images[0]?.naturalWidth')) === 60, 5_000);
    await page.goto(links.fileUrl('media', { part: 1 }, 'tone.wav', LATER), { waitUntil: 'commit' });
    await waitUntil('the sound is there', async () => (await page.evaluate('document.querySelector("video, audio")?.duration')) === 1, 5_000);
    await page.close();
  });

  it('cannot run what it attaches, nor be framed elsewhere', async () => {
    const download = await browser.newPage();
    const started = download.waitForEvent('download');
    await download.goto(links.fileUrl('evil', { part: 1 }, 'evil.svg', LATER)).catch(() => undefined);
    expect((await started).suggestedFilename()).toBe('evil.svg');
    await download.close();
    const url = links.pageUrl('evil', 'verified', LATER);
    await visit('about:blank', {}, async (page) => {
      await page.setContent(`<iframe src="${url}"></iframe><iframe src="${url}/html"></iframe>`);
      await page.waitForLoadState('networkidle');
      for (const frame of page.frames().slice(1)) expect(await frame.locator('body').innerText()).not.toContain('words');
    });
  });
});

describe.each([['light', 1200], ['dark', 390]] as const)('in a %s window of %i pixels', (colorScheme, width) => {
  it.each([['evil', 'verified'], ['text', 'unverified'], ['text', 'verified']] as const)('the page of %s (%s) has no barrier', async (id, authenticity) => {
    // The page's own policy would keep the tester out as well.
    await visit(links.pageUrl(id, authenticity, LATER), { colorScheme, viewport: { width, height: 844 }, bypassCSP: true }, async (page) => {
      await page.evaluate(AXE);
      const violations: { id: string; nodes: { html: string }[] }[] = await page.evaluate('axe.run(document, { iframes: false }).then((result) => result.violations)');
      expect(violations.map((one) => `${one.id}: ${one.nodes[0]?.html}`)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    });
  });
});
