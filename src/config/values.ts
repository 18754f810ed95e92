/** The kinds of values that keys have: each checks and turns the written form into a typed one, or says what it must be. */
import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { formatJid, parseJid, type Jid } from '../address.js';
import { isFailure } from '../failure.js';
import { parseSmsMail } from '../bridge/sms-mail.js';
import { parseRelay } from '../smtp-out/relay-url.js';
import { parseUrl } from '../url.js';
import { Secret } from './secret.js';
import { parseDuration, parseListenAddress, parseRates, parseService, parseSize, parseSocketAddress } from './units.js';

/** A text that `parse` understands; undefined from it means that the text is not `expected`. */
function parsed<T>(expected: string, parse: (text: string) => T | undefined): z.ZodType<T> {
  const message = `must be ${expected}`;
  return z.string({ error: message }).transform((text, context) => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

export const list = <T>(item: z.ZodType<T>, expected: string): z.ZodType<readonly T[]> =>
  z.array(item, { error: `must be a list such as ${expected}` });

export const words = (expected: string): z.ZodType<string> => parsed(expected, (text) => (text.trim() === '' ? undefined : text));

export const flag: z.ZodType<boolean> = z.boolean({ error: 'must be true or false, without quotes' });

export const count = (least: number, most: number): z.ZodType<number> => {
  const message = `must be a whole number from ${least} to ${most}, without quotes`;
  return z.int({ error: message }).min(least, { error: message }).max(most, { error: message });
};

export const oneOf = <const T extends string>(...options: readonly T[]): z.ZodType<T> =>
  z.enum(options, { error: `must be one of ${options.map((option) => JSON.stringify(option)).join(', ')}` });

export const duration = parsed('a duration such as "15m" (units s, m, h, d, w)', parseDuration);
/** "0" turns it off. */
export const durationOrNone = parsed('a duration such as "20s" (units s, m, h, d, w), or "0" for none', (text) => (text === '0' ? 0 : parseDuration(text)));
export const timeOfDay = parsed('a time of day such as "03:30"', (text) => {
  const [, hour, minute] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  return hour === undefined ? undefined : { hour: Number(hour), minute: Number(minute) };
});
export const rates = parsed('amounts and times such as "300/5m 10000/1d" (up to 7 days), or "0" for no limit', parseRates);
export const size = parsed('a size such as "50MB" (units B, KB, MB, GB, KiB, MiB, GiB)', parseSize);
export const listenAddress = parsed('an address and port such as "127.0.0.1:2525" or "[::1]:25"', parseSocketAddress);
export const anyListenAddress = parsed('an address and port such as "127.0.0.1:2424", or "unix:/run/stanzapost/lmtp"', parseListenAddress);
export const service = parsed('a URL such as "xmpp://127.0.0.1:5347"', parseService);
export const path = parsed('an absolute path such as "/etc/stanzapost/secret"', (text) => (isAbsolute(text) ? text : undefined));
export const ipAddress = parsed('an IP address such as "127.0.0.1"', (text) => (isIP(text) === 0 ? undefined : text));
export const dnsServer = parsed('the IP address of a DNS server, with or without a port, such as "127.0.0.1" or "127.0.0.1:5353"', (text) =>
  isIP(text) !== 0 || isIP(parseSocketAddress(text)?.host ?? '') !== 0 ? text : undefined,
);
/** Without the slash at its end. */
export const publicUrl = parsed('a URL such as "https://mail.example.com", without a login, "?" or "#"', (text) => {
  const url = /^https?:\/\//.test(text) ? parseUrl(text) : undefined;
  if (url === undefined) return undefined;
  const { origin, pathname, username, password, search, hash } = url;
  return username + password + search + hash === '' && !/[?#@]/.test(text) ? `${origin}${pathname.replace(/\/+$/, '')}` : undefined;
});
/** Empty turns the listener off. */
export const listenAddressOrOff = parsed<{ readonly host: string; readonly port: number } | 'off'>(
  'an address and port such as "127.0.0.1:8880", or "" for none',
  (text) => (text === '' ? 'off' : parseSocketAddress(text)),
);

/** A host as it stands in links, lower-case, with or without a port. */
export const webHost = parsed('a host such as "upload.example.com" or "127.0.0.1:5280"', (text) =>
  /^([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/i.test(text) && parseUrl(`http://${text}`) !== undefined ? text.toLowerCase() : undefined,
);

export const domain = parsed('a domain name such as "mail.example.com"', (text) => {
  const jid = jidOf(text);
  return jid?.local === '' ? jid.domain : undefined;
});

/** A bare JID of a person. */
export const person = parsed('a JID such as "juliet@example.com"', (text) => {
  const jid = jidOf(text);
  return jid === undefined || jid.local === '' ? undefined : jid;
});

/** A domain or a bare JID, as `formatJid` writes it. */
export const domainOrJid = parsed('a domain or a JID such as "example.com" or "juliet@example.com"', (text) => {
  const jid = jidOf(text);
  return jid && formatJid(jid);
});

/** A mail address with a place for a number. */
export const smsMail = parsed('a mail address with {number} or {+number} before its @, such as "{number}@sms.example.net"', parseSmsMail);
export const phonePrefix = parsed('the beginning of a phone number, such as "+49"', (text) => (/^\+[1-9]\d{0,13}$/.test(text) ? text : undefined));

function jidOf(text: string): Jid | undefined {
  const jid = parseJid(text);
  return isFailure(jid) || jid.resource !== '' ? undefined : jid;
}

/** What no administrator would choose, and what the blocks to paste hold in place of a secret. */
const NOT_SECRET = /^(?:REPLACE|CHANGE)[-_ ]?/i;

export const secret = parsed('a text that is not empty and not the example\'s', (text) =>
  text === '' || NOT_SECRET.test(text) || /[\r\n]/.test(text) ? undefined : new Secret(text),
);

/** A URL that may hold a password, kept as written. */
export const relay = parsed('a URL such as "smtp://127.0.0.1:25" (also smtps:// and lmtp://)', (text) =>
  isFailure(parseRelay(text)) ? undefined : new Secret(text),
);

export const rspamd = parsed('a URL such as "http://127.0.0.1:11333", without a path', (text) =>
  /^https?:\/\/[^/?#@\s]+\/?$/.test(text) ? parseUrl(text)?.origin : undefined,
);

export const storeUrl = parsed('"sqlite:" and an absolute path, such as "sqlite:/var/lib/stanzapost/stanzapost.db"', (text) => {
  const file = text.startsWith('sqlite:') ? text.slice('sqlite:'.length) : '';
  return isAbsolute(file) ? { engine: 'sqlite' as const, path: file } : undefined;
});
