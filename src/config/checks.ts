/** What no single key shows: values that do not go together (errors), and what an administrator will want to know (warnings). */
import { sameDomain } from '../address.js';
import { isLoopback } from '../smtp-out/relay-url.js';
import type { Config } from './keys.js';
import { error, warning, type Problem } from './problem.js';
import { relayOf } from './relay.js';

type Check = (config: Config) => readonly Problem[];

const when = (wrong: boolean, problem: Problem): readonly Problem[] => (wrong ? [problem] : []);
const isSet = (value: unknown): boolean => value !== undefined;

const ASCII = /^[\x20-\x7e]+$/;

const domains: Check = ({ xmpp }) => [
  ...when(!ASCII.test(xmpp.domain), error('xmpp.domain', 'must be plain ASCII: a domain of other letters is not supported for the gateway itself')),
  ...when(
    sameDomain(xmpp.domain, xmpp.home),
    error('xmpp.domain', `must differ from xmpp.home: the gateway needs a domain of its own, such as "mail.${xmpp.home}"`),
  ),
  ...when(
    xmpp.home.endsWith(`.${xmpp.domain}`),
    error('xmpp.home', 'must not lie inside xmpp.domain: the XMPP server could not tell its users from mail contacts'),
  ),
];

const access: Check = ({ xmpp, access }) => [
  ...when(
    access.allow.some((entry) => entry !== xmpp.home && sameDomain(entry.slice(entry.indexOf('@') + 1), xmpp.domain)),
    error('access.allow', 'must not hold the gateway\'s own domain: mail would go in circles'),
  ),
  ...when(
    access.register.some((entry) => sameDomain(entry.slice(entry.indexOf('@') + 1), xmpp.domain)),
    error('access.register', 'must not hold the gateway\'s own domain: its contacts are no users'),
  ),
  ...when(
    access.admins.some((admin) => sameDomain(admin.domain, xmpp.domain)),
    error('access.admins', 'must not hold an address of the gateway\'s own domain: use the administrator\'s JID'),
  ),
  ...when(
    access.admins.length === 0,
    warning('access.admins', 'is empty: mail to postmaster and abuse is refused, but RFC 5321 wants it read; add your JID'),
  ),
];

/** Keys that are of use only together. */
const GROUPS = [
  ['smtp_in', ['tls_cert', 'tls_key']],
  ['web', ['listen', 'public_url']],
  ['smtp_out', ['user', 'password']],
  ['smtp_out', ['dkim_domain', 'dkim_selector', 'dkim_key_file']],
] as const;

const together: Check = (config) =>
  GROUPS.flatMap(([section, keys]) => {
    const table: Readonly<Record<string, unknown>> = config[section];
    const absent = keys.filter((key) => !isSet(table[key]));
    const present = keys.filter((key) => isSet(table[key]));
    if (absent.length === 0 || present.length === 0) return [];
    return [error(`${section}.${present[0]}`, `also needs ${absent.map((key) => `${section}.${key}`).join(' and ')}`)];
  });

const mailIn: Check = ({ smtp_in }) => [
  ...when(
    smtp_in.listen.length + smtp_in.lmtp.length === 0,
    warning('smtp_in.listen', 'and smtp_in.lmtp are both empty: no mail can come in'),
  ),
  ...when(
    smtp_in.lmtp.some((address) => 'port' in address && address.port === 25),
    error('smtp_in.lmtp', 'must not use port 25 (RFC 2033 section 5): choose another, such as 2424'),
  ),
  ...when(
    smtp_in.lmtp.some((address) => 'host' in address && !isLoopback(address.host)),
    warning('smtp_in.lmtp', 'listens beyond this machine: let only your own MTA reach it'),
  ),
  ...when(
    !smtp_in.verify && !isSet(smtp_in.trusted_authserv),
    warning('smtp_in.verify', 'is false and no trusted_authserv is set: anybody can write mail in anybody\'s name'),
  ),
  // RFC 5321 §4.5.3.2.6: a client waits ten minutes for the answer.
  ...when(smtp_in.rspamd_timeout > 300_000, error('smtp_in.rspamd_timeout', 'must not be longer than "5m": the client would give up waiting, and send the mail again')),
  ...when(
    isSet(smtp_in.rspamd_password) && !isSet(smtp_in.rspamd),
    error('smtp_in.rspamd_password', 'has no effect without smtp_in.rspamd'),
  ),
  ...when(
    smtp_in.rspamd !== undefined && smtp_in.rspamd.startsWith('http:') && !isLoopback(new URL(smtp_in.rspamd).hostname.replace(/^\[|\]$/g, '')),
    warning('smtp_in.rspamd', 'is on another machine without TLS: whoever is on the way can read the mail'),
  ),
  ...when(
    isSet(smtp_in.trusted_authserv) && smtp_in.trusted_peers.length === 0,
    error('smtp_in.trusted_authserv', 'has no effect without smtp_in.trusted_peers: name the addresses of your MTA'),
  ),
];

const mailOut: Check = (config) => {
  const { retry, warn, expire, burst, burst_longest } = config.smtp_out;
  return [
    ...when(burst > burst_longest, error('smtp_out.burst', 'must not be longer than smtp_out.burst_longest')),
    ...when(burst > 0 && burst_longest >= warn, error('smtp_out.burst_longest', 'must be shorter than smtp_out.warn: what still waits for more lines would be told as delayed')),
    ...when(retry.length === 0, error('smtp_out.retry', 'must hold at least one wait, such as ["15m"]')),
    ...when(
      warn >= expire,
      error('smtp_out.warn', 'must be shorter than smtp_out.expire: the notice of a delay comes before the end'),
    ),
    ...when(
      retry.some((wait) => wait >= expire),
      warning('smtp_out.retry', 'holds a wait that is not shorter than smtp_out.expire: it will never be tried after it'),
    ),
    ...when(
      config.store.keep_messages < expire,
      warning('store.keep_messages', 'is shorter than smtp_out.expire: a bounce that comes back late finds its message forgotten'),
    ),
  ];
};

const relay: Check = (config) => {
  const { user, ca_file, require_tls } = config.smtp_out;
  const { protocol, host, login } = relayOf(config);
  const inUrl = config.smtp_out.relay.reveal().includes('@');
  return [
    ...when(inUrl && isSet(user), error('smtp_out.relay', 'holds a login, and smtp_out.user is set too: keep one of them')),
    ...when(
      !isLoopback(host) && protocol !== 'smtps' && !require_tls && !isSet(ca_file) && login === undefined,
      warning('smtp_out.relay', 'is on another machine: set smtp_out.require_tls = true, so that nobody can read the mail on its way'),
    ),
  ];
};

const link: Check = ({ xmpp }) =>
  when(
    !isLoopback(xmpp.service.host),
    warning('xmpp.service', 'is on another machine, and a component link has no TLS: use a tunnel, or run the gateway beside the server'),
  );

/** RFC 7489 §3.1.1: the signature speaks for the From address only when its domain is that one or above it. */
const dkim: Check = ({ xmpp, smtp_out: { dkim_domain } }) =>
  when(
    dkim_domain !== undefined && !sameDomain(dkim_domain, xmpp.domain) && !xmpp.domain.endsWith(`.${dkim_domain}`),
    warning('smtp_out.dkim_domain', 'is neither xmpp.domain nor above it: the signature does not count for DMARC'),
  );

/** A link is a key to somebody's mail: on its way nobody may read it. */
const web: Check = ({ web: { listen, public_url, link_expiry, admin_listen }, store }) => [
  ...when(
    public_url !== undefined && public_url.startsWith('http:') && !isLoopback(new URL(public_url).hostname.replace(/^\[|\]$/g, '')),
    error('web.public_url', 'must begin with https:// unless it is on this machine: whoever reads a link on its way can read the mail'),
  ),
  ...when(
    listen !== undefined && !isLoopback(listen.host),
    warning('web.listen', 'listens beyond this machine without TLS: let only your own web server reach it'),
  ),
  ...when(
    listen !== undefined && admin_listen !== 'off' && listen.host === admin_listen.host && listen.port === admin_listen.port,
    error('web.listen', 'must differ from web.admin_listen: the one is for everybody, the other for you'),
  ),
  ...when(
    listen !== undefined && link_expiry > Math.max(store.keep_originals, store.keep_messages),
    warning('web.link_expiry', 'is longer than store.keep_originals: links end when their mail is forgotten'),
  ),
];

const sms: Check = ({ xmpp, sms: { mail, prefixes } }) => [
  ...when(
    mail !== undefined && sameDomain(mail.behind.slice(mail.behind.indexOf('@') + 1), xmpp.domain),
    error('sms.mail', 'must not be at the gateway\'s own domain: the codes would come back here'),
  ),
  ...when(
    mail !== undefined && prefixes.length === 0,
    warning('sms.prefixes', 'is empty: codes go to the numbers of any country, and whoever gets paid for such messages may ask for them'),
  ),
];

const CHECKS: readonly Check[] = [domains, access, together, mailIn, mailOut, relay, dkim, link, web, sms];

export function crossCheck(config: Config): Problem[] {
  return CHECKS.flatMap((check) => check(config));
}
