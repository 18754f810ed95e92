import { randomBytes } from 'node:crypto';
import { simpleParser } from 'mailparser';
import { parse, serialize } from 'parse5';
import { describe, expect, it } from 'vitest';
import { createLog } from '../../src/log.js';
import { fileBytes } from '../../src/translate/file-bytes.js';
import type { StoredAnswer } from '../../src/web/site.js';
import { Links } from '../../src/web/links.js';
import { Site, type SiteRequest } from '../../src/web/site.js';
import { tnef, value } from '../translate/tnef-writer.js';
import { gathered, inPieces, mailOf, png, type MailParts } from './mails.js';

const NOW = 1_800_000_000_000;
const BASE = 'https://example.com/post';
const SECRET = 'hidden@x.test';
const PICTURE = png(60, 40);
const FILM = randomBytes(100_000);

const MAILS: Readonly<Record<string, Buffer>> = {
  text: mailOf({ head: { Cc: 'Friar <friar@verona.test>', Bcc: `Nurse\r\n <${SECRET}>` }, plain: 'Call me but love <script>\n\n> quoted https://verona.test/?a=1&b=2.\n>> deeper\n\n-- \nRomeo' }),
  html: mailOf({
    plain: 'plain', html: '<p style="color:red">Hi <img src="cid:logo@x"><img src="https://evil.test/x.png" alt="Hero"><script>alert(1)</script></p>',
    files: [
      { name: 'logo.png', type: 'image/png', bytes: PICTURE, contentId: 'logo@x' }, { name: 'film.mp4', type: 'video/mp4', bytes: FILM }, { name: 'evil.svg', type: 'image/svg+xml', bytes: Buffer.from('<svg/>') },
      { name: 'evil.html', type: 'text/html', bytes: Buffer.from('<script>alert(1)</script>') }, { name: '=?utf-8?q?B=C3=A4ll=22=3B?= x.pdf', type: 'application/pdf', bytes: Buffer.from('%PDF') }, { name: 'x.png', type: 'application/octet-stream', bytes: PICTURE },
    ],
  }),
  huge: mailOf({ html: `<div>`.repeat(100_000) + 'the words' }),
};

const PNG = png(40, 40);

interface Setting {
  readonly mails?: Readonly<Record<string, Buffer>>;
  readonly lines?: string[];
}

function siteOf({ mails = MAILS, lines = [] }: Setting = {}) {
  const links = new Links({ publicUrl: BASE, key: randomBytes(32), lifetime: 1_000 });
  const time = { now: NOW };
  const reads: string[] = [];
  const content = (id: string): AsyncIterable<Uint8Array> => {
    reads.push(id);
    return inPieces(mails[id] ?? Buffer.alloc(0));
  };
  const log = createLog('trace', { write: (line) => void lines.push(line) });
  const site = new Site({ links, content, fileIn: (mail, { part, inside }) => fileBytes(mail, part, inside), publicUrl: BASE, clock: () => time.now, log });
  const get = (url: string, more: Partial<SiteRequest> = {}): Promise<StoredAnswer> => site.answer({ method: 'GET', target: url.replace(BASE, ''), address: '192.0.2.1', ...more });
  const pageUrl = (id: string, authenticity: 'verified' | 'unverified' = 'verified'): string => links.pageUrl(id, authenticity, NOW + 60_000);
  return { links, get, pageUrl, time, reads, lines };
}

const textOf = async (answer: StoredAnswer): Promise<string> => (await gathered(answer.body)).toString();

describe('the page of a mail', () => {
  it('says who wrote what to whom and when, and never who got it in secret', async () => {
    const { get, pageUrl } = siteOf();
    const answer = await get(pageUrl('text'));
    const html = await textOf(answer);
    expect(answer.status).toBe(200);
    for (const told of ['A &lt;b&gt;ball&lt;/b&gt; &amp; more', 'Romeo Montague', '&lt;romeo@montague.test&gt;', 'Juliet &lt;juliet@mail.example.com&gt;', 'Friar &lt;friar@verona.test&gt;', 'Mon, 2 Nov 2026, 10:00 UTC', '✓ verified']) expect(html).toContain(told);
    expect(html).toContain('Call me but love &lt;script&gt;');
    expect(html).toContain('<blockquote>quoted <a href="https://verona.test/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer nofollow">https://verona.test/?a=1&amp;b=2</a>.\n<blockquote>deeper\n</blockquote></blockquote>');
    expect(html).toContain('<div class="signature">-- \nRomeo');
    expect(html).not.toContain(SECRET);
    expect(serialize(parse(html))).toContain('</blockquote></blockquote>\n<div class="signature">');
  });

  it('shows whom nobody vouches for as that', async () => {
    const { get, pageUrl } = siteOf();
    const html = await textOf(await get(pageUrl('text', 'unverified')));
    expect(html).toContain('<strong>Not verified.</strong>');
    expect(html).not.toContain('✓ verified');
  });

  it('keeps the HTML of the mail in a frame that can run nothing and fetch nothing', async () => {
    const { get, pageUrl } = siteOf();
    const whole = await get(pageUrl('html'));
    expect(whole.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/]{43}='; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/);
    const page = await textOf(whole);
    const [, token = ''] = /\/m\/(.*)/.exec(pageUrl('html')) ?? [];
    expect(page).toContain(`<iframe class="short" src="${token}/html" title="The mail as its sender made it" sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer">`);
    expect(page).toContain('1 image from elsewhere is not shown');
    expect(page).not.toContain('color:red');
    const frame = await get(`${pageUrl('html')}/html`);
    const html = await textOf(frame);
    expect(html).toContain('<p style="color:red">Hi <img src="0/logo.png" alt=""><span class="off">Hero</span></p>');
    expect(html).not.toMatch(/script|evil\.test/);
    const policy = frame.headers['content-security-policy'] ?? '';
    expect(policy).toBe("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src 'self' https://example.com data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self' https://example.com");
  });

  it('is the words alone where the HTML is too much', async () => {
    const { get, pageUrl } = siteOf();
    const page = await textOf(await get(pageUrl('huge')));
    expect(page).toContain('the words');
    expect(page).not.toContain('<iframe');
    expect((await get(`${pageUrl('huge')}/html`)).status).toBe(404);
  });

  it.each(['text', 'html', 'huge'])('sends nothing on, is not kept and not found: %s', async (id) => {
    const { get, pageUrl } = siteOf();
    for (const path of ['', '/mail.eml', '/0/x.png', '/nothing']) {
      const { headers } = await get(pageUrl(id) + path);
      expect(headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'cache-control': 'private, no-store', 'x-robots-tag': 'noindex, nofollow, noarchive', 'x-content-type-options': 'nosniff' });
      expect(headers['content-security-policy']).toMatch(/default-src 'none'/);
      expect(headers['content-security-policy']).not.toMatch(/script-src|unsafe-eval|\*/);
    }
  });
});

describe('the mail as it came', () => {
  it('is there byte for byte, without its hidden recipients', async () => {
    const { get, pageUrl } = siteOf();
    const answer = await get(`${pageUrl('text')}/mail.eml`);
    expect(answer.headers).toMatchObject({ 'content-type': 'message/rfc822', 'content-disposition': 'attachment; filename="mail.eml"', 'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'none'" });
    const raw = await gathered(answer.body);
    expect(raw.toString()).toBe(MAILS.text?.toString().replace(/Bcc: Nurse\r\n <.*>\r\n/, ''));
    expect(raw.toString()).not.toContain(SECRET);
  });
});

describe('a file of a winmail.dat', () => {
  const packed = tnef({ properties: [value(0x102, 0x1013, Buffer.from('<p>See <img src="cid:p@x">'))], files: [{ title: 'a.txt', bytes: Buffer.from('first') }, { title: 'p.png', type: 'image/png', contentId: 'p@x', bytes: PNG }] });
  const site = siteOf({ mails: { outlook: mailOf({ files: [{ name: 'winmail.dat', type: 'application/ms-tnef', bytes: packed }] }) } });

  it('is on the page, within the HTML where that shows it, and behind its own link', async () => {
    expect(await textOf(await site.get(`${site.pageUrl('outlook')}/html`))).toContain('<img src="0.1/p.png" alt="">');
    for (const url of [`${site.pageUrl('outlook')}/0.1/p.png`, site.links.fileUrl('outlook', { part: 0, inside: 1 }, 'p.png', NOW + 60_000)]) {
      const answer = await site.get(url);
      expect(answer.headers).toMatchObject({ 'content-type': 'image/png', 'content-length': `${PNG.length}` });
      expect((await gathered(answer.body)).equals(PNG)).toBe(true);
    }
    expect(await textOf(await site.get(`${site.pageUrl('outlook')}/0.0/a.txt`))).toBe('first');
    for (const other of ['0', '0.2', '1.0']) expect((await site.get(`${site.pageUrl('outlook')}/${other}/x`)).status).toBe(404);
  });
});

describe('a file', () => {
  const fileOf = (site: ReturnType<typeof siteOf>, part: number, more: Partial<SiteRequest> = {}): Promise<StoredAnswer> => site.get(site.links.fileUrl('html', { part }, 'any.name', NOW + 60_000), more);

  it('is there byte for byte, by its own link and from the page', async () => {
    const site = siteOf();
    const independent = await simpleParser(MAILS.html ?? '');
    for (let part = 0; part < 6; part++) {
      const answer = await fileOf(site, part);
      const bytes = await gathered(answer.body);
      expect(bytes.equals(independent.attachments[part]?.content ?? Buffer.from('none')), `part ${part}`).toBe(true);
      expect(answer.headers['content-length']).toBe(`${bytes.length}`);
      expect((await gathered((await site.get(`${site.pageUrl('html')}/${part}/x`)).body)).equals(bytes)).toBe(true);
    }
  });

  it.each([
    [0, 'image/png', 'inline; filename="logo.png"'], [1, 'video/mp4', 'inline; filename="film.mp4"'], [2, 'application/octet-stream', 'attachment; filename="evil.svg"'], [3, 'application/octet-stream', 'attachment; filename="evil.html"'],
    [4, 'application/pdf', `inline; filename="B_ll_; x.pdf"; filename*=UTF-8''B%C3%A4ll%22%3B%20x.pdf`], [5, 'image/png', 'inline; filename="x.png"'],
  ])('number %i is %s, %s', async (part, type, disposition) => {
    const { headers } = await fileOf(siteOf(), part);
    expect(headers['content-type']).toBe(type);
    expect(headers['content-disposition']).toBe(disposition);
    if (type !== 'application/pdf') expect(headers['content-security-policy']).toMatch(/^sandbox(?: allow-same-origin)?; default-src 'none'/);
  });

  it.each([
    ['bytes=0-0', 0, 0], ['bytes=5-9', 5, 9], ['bytes=99990-', 99_990, 99_999], ['bytes=-7', 99_993, 99_999], ['bytes=99999-200000', 99_999, 99_999], ['bytes=-200000', 0, 99_999],
  ])('in part: %s', async (range, first, last) => {
    const answer = await fileOf(siteOf(), 1, { range });
    expect([answer.status, answer.headers['content-range'], answer.headers['content-length']]).toEqual([206, `bytes ${first}-${last}/100000`, `${last - first + 1}`]);
    expect((await gathered(answer.body)).equals(FILM.subarray(first, last + 1))).toBe(true);
  });

  it.each([['bytes=100000-', 416], ['bytes=-0', 416], ['bytes=9-5', 200], ['bytes=0-1,5-6', 200], ['lines=0-1', 200], ['bytes=a-b', 200], ['bytes=-', 200]])('with the range %s: %i', async (range, status) => {
    expect((await fileOf(siteOf(), 1, { range })).status).toBe(status);
  });

  it.each([6, 9_999])('number %i is not there', async (part) => {
    expect((await fileOf(siteOf(), part)).status).toBe(404);
  });

  it('shows no other file, no page and no original of the same mail', async () => {
    const site = siteOf();
    const url = site.links.fileUrl('html', { part: 0 }, 'a.png', NOW + 60_000);
    const token = url.split('/')[5] ?? '';
    for (const path of [`/m/${token}`, `/m/${token}/mail.eml`, `/m/${token}/1/x`, `/m/${token}/html`]) expect((await site.get(BASE + path)).status).toBe(404);
    const page = site.pageUrl('html').split('/')[5] ?? '';
    expect((await site.get(`${BASE}/f/${page}/x.png`)).status).toBe(404);
  });
});

describe('a link that is not good', () => {
  it('gets the same answer, whatever is wrong with it and whether its mail is there', async () => {
    const site = siteOf();
    const other = new Links({ publicUrl: BASE, key: randomBytes(32), lifetime: 1 });
    const wrong = [`${site.pageUrl('text')}x`, site.pageUrl('text').slice(0, -1), other.pageUrl('text', 'verified', NOW + 60_000), other.pageUrl('nobody', 'verified', NOW + 60_000), other.fileUrl('html', { part: 0 }, 'a', NOW + 1_000), `${BASE}/`, `${BASE}/m/`, `${BASE}/m`, BASE, `${BASE}/../m/x`, `${BASE}/m/%00`, `${BASE}/f/${'a'.repeat(20_000)}`, `${BASE}/constructor`];
    const answers = await Promise.all(wrong.map((url) => site.get(url)));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]?.status).toBe(404);
    expect(site.reads).toEqual([]);
  });

  it('that was good has expired, and so has one whose mail is forgotten', async () => {
    const site = siteOf();
    site.time.now = NOW + 60_000;
    const expired = await site.get(site.pageUrl('text'));
    site.time.now = NOW;
    expect(expired.status).toBe(410);
    expect(site.reads).toEqual([]);
    for (const url of [site.pageUrl('forgotten'), `${site.pageUrl('forgotten')}/mail.eml`, `${site.pageUrl('forgotten')}/0/a`, site.links.fileUrl('forgotten', { part: 0 }, 'a', NOW + 60_000)]) expect(await site.get(url)).toEqual(expired);
  });

  it('is asked for too often by one address, and no other one suffers', async () => {
    const site = siteOf();
    const guesses = await Promise.all(Array.from({ length: 40 }, (_, i) => site.get(`${BASE}/m/guess${i}`)));
    expect(guesses.map(({ status }) => status)).toEqual([...Array<number>(30).fill(404), ...Array<number>(10).fill(429)]);
    expect(guesses[39]?.headers['retry-after']).toBe('60');
    expect((await site.get(`${BASE}/m/guess`, { address: '192.0.2.2' })).status).toBe(404);
    expect((await site.get(site.pageUrl('text'))).status).toBe(200);
    site.time.now += 60_000;
    expect((await site.get(`${BASE}/m/guess`)).status).toBe(404);
  });
});

describe('the site', () => {
  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', ''])('answers %s with 405', async (method) => {
    const { get, pageUrl } = siteOf();
    const { status, headers } = await get(pageUrl('text'), { method });
    expect([status, headers.allow]).toEqual([405, 'GET, HEAD']);
  });

  it('tells search engines to go', async () => {
    expect(await textOf(await siteOf().get(`${BASE}/robots.txt`))).toBe('User-agent: *\nDisallow: /\n');
  });

  it('reads a mail once for its page and what that shows', async () => {
    const site = siteOf();
    await Promise.all([site.get(site.pageUrl('html')), site.get(`${site.pageUrl('html')}/html`), site.get(site.pageUrl('html'))]);
    expect(site.reads).toEqual(['html']);
  });

  it('says that it cannot, and logs no token, when an original is damaged', async () => {
    const lines: string[] = [];
    const parts: MailParts = {};
    const site = siteOf({ mails: new Proxy({ text: mailOf(parts) }, { get: () => { throw new Error('the disk failed'); } }), lines });
    for (const url of [site.pageUrl('text'), site.links.fileUrl('text', { part: 0 }, 'a', NOW + 60_000)]) {
      const answer = await site.get(url);
      expect(answer.status).toBe(500);
      expect(lines.join('')).toContain('the disk failed');
      expect(lines.join('')).not.toContain(url.split('/')[5]?.split('-').at(-1));
    }
  });
});
