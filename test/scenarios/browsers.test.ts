/** Firefox and WebKit, as Debian has them: the page of somebody, the generator, and widgets on another site's page, live. Chromium is in widgets.test.ts. */
import xml from '@xmpp/xml';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { startFirefox, startWebKit, type WebBrowser } from '../servers/browsers.js';
import { claimPorts } from '../servers/ports.js';
import { waitUntil } from '../servers/wait.js';
import { pageServer, type PageServer } from '../web/gateway-stand-in.js';
import { setStage } from './stage.js';
import { chat, DEADLINE, hasBody } from './stanzas.js';

const [PORT = 0] = await claimPorts(1);
const ORIGIN = `http://127.0.0.1:${PORT}`;
const PUBLIC_URL = `${ORIGIN}/post`;

describe.each([['Firefox', startFirefox, 'prosody'], ['WebKit', startWebKit, 'ejabberd']] as const)('in %s', (name, start, kind) => {
  const stage = setStage(kind, { web: `listen = "127.0.0.1:${PORT}"\npublic_url = "${PUBLIC_URL}"` });
  let browser: WebBrowser;
  let site: PageServer;
  let id = '';

  const is = (show?: string): void => stage.juliet.send(xml('presence', {}, ...(show === undefined ? [] : [xml('show', {}, show)])));
  const order = async (line: string, answer: string): Promise<string> => {
    stage.juliet.received.length = 0;
    stage.juliet.send(chat(stage.world.server.component, line.replaceAll(' ', '-'), line));
    return (await stage.juliet.waitFor(hasBody(answer), DEADLINE)).getChildText('body') ?? '';
  };
  const becomes = (what: string, expression: string): Promise<unknown> => waitUntil(`${name}: ${what}`, () => browser.evaluate<boolean>(expression), DEADLINE);
  const widget = (state: string, more = ''): string => `document.querySelector('xmpp-presence[state=${state}]${more}') !== null`;

  beforeAll(async () => {
    site = await pageServer(() => `<!doctype html><title>Home page</title><script type=module src="${PUBLIC_URL}/widget.js"></script><xmpp-presence of="${id}" look=card></xmpp-presence>`, `default-src 'none'; script-src ${ORIGIN}; connect-src ${ORIGIN}`);
    browser = await start();
    await order('presence show all', 'status text');
    await order(`presence site add ${ORIGIN}`, ORIGIN);
    await order(`presence site add ${new URL(site.url).origin}`, 'localhost');
    id = /\/u\/([a-z2-7]{26})/.exec(await order('presence sites', `${PUBLIC_URL}/u/`))?.[1] ?? '';
    const { component } = stage.world.server;
    await stage.juliet.waitFor((stanza) => stanza.is('presence') && stanza.attrs.type === 'subscribe' && stanza.attrs.from === component, DEADLINE);
    stage.juliet.send(xml('presence', { type: 'subscribed', to: component }));
  });
  afterAll(async () => {
    await browser?.stop();
    site?.stop();
  });

  it('the page of who names our own site among others is live', async () => {
    is();
    await browser.open(`${PUBLIC_URL}/u/${id}`);
    await becomes('she is online', "document.body.className === 'online' && document.body.hasAttribute('data-is-live')");
    is('dnd');
    await becomes('she is busy', "document.body.className === 'dnd' && document.querySelector('[data-live=now]').textContent.includes('Do not disturb')");
  });

  it('the generator shows what is chosen, and a live sign', async () => {
    await browser.open(`${PUBLIC_URL}/u/${id}/embed`);
    await becomes('the sign is live', widget('dnd', ':not([stale])'));
    await browser.evaluate("document.querySelector('input[value=pill]').click()");
    await becomes('the snippet is of the pill', "document.querySelector('#html').value.includes('style=pill') && location.search.includes('style=pill')");
    await becomes('all badges are seen', '[...document.images].every((one) => one.complete && one.naturalWidth > 0)');
  });

  it('a widget on a page of another site is live, and knows nothing once it is withdrawn', async () => {
    await browser.open(site.url);
    await becomes('she is busy', widget('dnd', ':not([stale])'));
    is('away');
    await becomes('she is away', widget('away'));
    await order('presence nobody', 'to nobody');
    await becomes('she is not seen', `${widget('unknown')} && document.querySelector('xmpp-presence').presence.presence === 'unknown'`);
    await order('presence sites', `${PUBLIC_URL}/u/`);
    await becomes('she is seen again', widget('away'));
  });

  it('and comes back after the gateway was killed', async () => {
    await stage.world.gateway.kill();
    is('chat');
    await stage.world.gateway.start();
    await becomes('she is free to chat', widget('chat', ':not([stale])'));
  });
});
