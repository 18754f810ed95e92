import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadConfig, parseConfig } from '../../src/config/load.js';
import { formatProblem } from '../../src/config/problem.js';
import { problemsOf, toml } from './parse.js';

type Case = readonly [string, Readonly<Record<string, string | undefined>>, string];

const ONE_KEY: readonly Case[] = [
  ['a required key is missing', { 'xmpp.home': undefined }, 'error: xmpp.home is missing; an example: home = "example.com"'],
  ['the secret is missing', { 'xmpp.secret': undefined }, 'error: xmpp.secret is missing: set xmpp.secret, xmpp.secret_file or the environment variable STANZAPOST_XMPP_SECRET'],
  ['the secret is the example', { 'xmpp.secret': '"REPLACE-WITH-A-LONG-SECRET"' }, 'error: xmpp.secret must be a text that is not empty and not the example\'s'],
  ['the secret is empty', { 'xmpp.secret': '""' }, 'error: xmpp.secret must be a text that is not empty and not the example\'s'],
  ['the domain is a JID', { 'xmpp.domain': '"joe@example.com"' }, 'error: xmpp.domain must be a domain name such as "mail.example.com"'],
  ['the domain is a number', { 'xmpp.domain': '5' }, 'error: xmpp.domain must be a domain name such as "mail.example.com"'],
  ['the service has no scheme', { 'xmpp.service': '"localhost:5347"' }, 'error: xmpp.service must be a URL such as "xmpp://127.0.0.1:5347"'],
  ['another separator', { 'xmpp.separator': '"!"' }, 'error: xmpp.separator must be one of "%", "\\\\40"'],
  ['the window in quotes', { 'xmpp.window': '"100"' }, 'error: xmpp.window must be a whole number from 1 to 10000, without quotes'],
  ['the window is 0', { 'xmpp.window': '0' }, 'error: xmpp.window must be a whole number from 1 to 10000, without quotes'],
  ['a size without unit', { 'smtp_in.max_size': '"50"' }, 'error: smtp_in.max_size must be a size such as "50MB" (units B, KB, MB, GB, KiB, MiB, GiB)'],
  ['a size as a number', { 'smtp_in.max_size': '50' }, 'error: smtp_in.max_size must be a size such as "50MB" (units B, KB, MB, GB, KiB, MiB, GiB)'],
  ['a text for a list', { 'smtp_in.listen': '"127.0.0.1:25"' }, 'error: smtp_in.listen must be a list such as ["0.0.0.0:25", "[::]:25"]'],
  ['a bad entry of a list', { 'smtp_in.listen': '["127.0.0.1:25", "::1"]' }, 'error: smtp_in.listen (entry 2) must be an address and port such as "127.0.0.1:2525" or "[::1]:25"'],
  ['a relative socket path', { 'smtp_in.lmtp': '["unix:lmtp"]' }, 'error: smtp_in.lmtp (entry 1) must be an address and port such as "127.0.0.1:2424", or "unix:/run/stanzapost/lmtp"'],
  ['true in quotes', { 'smtp_in.verify': '"true"' }, 'error: smtp_in.verify must be true or false, without quotes'],
  ['a host name for a peer', { 'smtp_in.trusted_peers': '["mx.example.com"]' }, 'error: smtp_in.trusted_peers (entry 1) must be an IP address such as "127.0.0.1"'],
  ['rspamd with a path', { 'smtp_in.rspamd': '"http://127.0.0.1:11333/checkv2"' }, 'error: smtp_in.rspamd must be a URL such as "http://127.0.0.1:11333", without a path'],
  ['rspamd without a scheme', { 'smtp_in.rspamd': '"127.0.0.1:11333"' }, 'error: smtp_in.rspamd must be a URL such as "http://127.0.0.1:11333", without a path'],
  ['rspamd with a login', { 'smtp_in.rspamd': '"http://me:secret@127.0.0.1:11333"' }, 'error: smtp_in.rspamd must be a URL such as "http://127.0.0.1:11333", without a path'],
  ['a relay of another scheme', { 'smtp_out.relay': '"http://localhost"' }, 'error: smtp_out.relay must be a URL such as "smtp://127.0.0.1:25" (also smtps:// and lmtp://)'],
  ['a burst without unit', { 'smtp_out.burst': '"20"' }, 'error: smtp_out.burst must be a duration such as "20s" (units s, m, h, d, w), or "0" for none'],
  ['a duration without unit', { 'smtp_out.expire': '"5"' }, 'error: smtp_out.expire must be a duration such as "15m" (units s, m, h, d, w)'],
  ['a bad duration in a list', { 'smtp_out.retry': '["1m", "soon"]' }, 'error: smtp_out.retry (entry 2) must be a duration such as "15m" (units s, m, h, d, w)'],
  ['a relative path', { 'smtp_out.ca_file': '"ca.pem"' }, 'error: smtp_out.ca_file must be an absolute path such as "/etc/stanzapost/secret"'],
  ['an admin without a localpart', { 'access.admins': '["example.com"]' }, 'error: access.admins (entry 1) must be a JID such as "juliet@example.com"'],
  ['a full JID to allow', { 'access.allow': '["juliet@example.com/phone"]' }, 'error: access.allow (entry 1) must be a domain or a JID such as "example.com" or "juliet@example.com"'],
  ['another engine', { 'store.url': '"postgres://localhost/x"' }, 'error: store.url must be "sqlite:" and an absolute path, such as "sqlite:/var/lib/stanzapost/stanzapost.db"'],
  ['a public URL with a query', { 'web.public_url': '"https://mail.example.com/?x=1"' }, 'error: web.public_url must be a URL such as "https://mail.example.com", without a login, "?" or "#"'],
  ['a public URL of another scheme', { 'web.public_url': '"javascript:alert(1)"' }, 'error: web.public_url must be a URL such as "https://mail.example.com", without a login, "?" or "#"'],
  ['an unknown level', { 'log.level': '"loud"' }, 'error: log.level must be one of "fatal", "error", "warn", "info", "debug", "trace"'],
];

const NAMES: readonly Case[] = [
  ['a slip of the pen', { 'smtp_in.max_sice': '"5MB"' }, 'error: smtp_in.max_sice is not a key; did you mean smtp_in.max_size?'],
  ['a key of another section', { 'smtp_in.relay': '"smtp://localhost"' }, 'error: smtp_in.relay is not a key; did you mean smtp_out.relay?'],
  ['an unknown section', { 'smtpin.max_size': '"5MB"' }, 'error: [smtpin] is not a section; did you mean [smtp_in]?'],
];

const TOGETHER: readonly Case[] = [
  ['an internationalised gateway domain', { 'xmpp.domain': '"post.bücher.example"' }, 'error: xmpp.domain must be plain ASCII: a domain of other letters is not supported for the gateway itself'],
  ['home is the gateway', { 'xmpp.home': '"MAIL.example.com"' }, 'error: xmpp.domain must differ from xmpp.home: the gateway needs a domain of its own, such as "mail.mail.example.com"'],
  ['home inside the gateway', { 'xmpp.home': '"chat.mail.example.com"' }, 'error: xmpp.home must not lie inside xmpp.domain: the XMPP server could not tell its users from mail contacts'],
  ['the gateway allows itself', { 'access.allow': '["mail.example.com"]' }, 'error: access.allow must not hold the gateway\'s own domain: mail would go in circles'],
  ['an admin at the gateway', { 'access.admins': '["joe%example.org@mail.example.com"]' }, 'error: access.admins must not hold an address of the gateway\'s own domain: use the administrator\'s JID'],
  ['nobody reads postmaster', { 'access.admins': '[]' }, 'warning: access.admins is empty: mail to postmaster and abuse is refused, but RFC 5321 wants it read; add your JID'],
  ['a certificate without key', { 'smtp_in.tls_cert': '"/a"' }, 'error: smtp_in.tls_cert also needs smtp_in.tls_key'],
  ['a password without user', { 'smtp_out.password': '"hunter3-hunter3"' }, 'error: smtp_out.password also needs smtp_out.user'],
  ['half of DKIM', { 'smtp_out.dkim_selector': '"s"' }, 'error: smtp_out.dkim_selector also needs smtp_out.dkim_domain and smtp_out.dkim_key_file'],
  ['a burst that outlasts its longest', { 'smtp_out.burst': '"10m"' }, 'error: smtp_out.burst must not be longer than smtp_out.burst_longest'],
  ['a burst that waits until it is late', { 'smtp_out.burst_longest': '"4h"' }, 'error: smtp_out.burst_longest must be shorter than smtp_out.warn: what still waits for more lines would be told as delayed'],
  ['a web listener without its URL', { 'web.listen': '"127.0.0.1:8881"' }, 'error: web.listen also needs web.public_url'],
  ['links that anybody can read', { 'web.listen': '"127.0.0.1:8881"', 'web.public_url': '"http://mail.example.com"' }, 'error: web.public_url must begin with https:// unless it is on this machine: whoever reads a link on its way can read the mail'],
  ['links without TLS for the world', { 'web.listen': '"0.0.0.0:8881"', 'web.public_url': '"https://mail.example.com"' }, 'warning: web.listen listens beyond this machine without TLS: let only your own web server reach it'],
  ['one port for two', { 'web.listen': '"127.0.0.1:8880"', 'web.public_url': '"http://[::1]:8880"' }, 'error: web.listen must differ from web.admin_listen: the one is for everybody, the other for you'],
  ['links that outlive mails', { 'web.listen': '"127.0.0.1:8881"', 'web.public_url': '"https://mail.example.com"', 'web.link_expiry': '"31d"' }, 'warning: web.link_expiry is longer than store.keep_originals: links end when their mail is forgotten'],
  ['no way in', { 'smtp_in.listen': '[]' }, 'warning: smtp_in.listen and smtp_in.lmtp are both empty: no mail can come in'],
  ['LMTP on port 25', { 'smtp_in.lmtp': '["127.0.0.1:25"]' }, 'error: smtp_in.lmtp must not use port 25 (RFC 2033 section 5): choose another, such as 2424'],
  ['LMTP for the world', { 'smtp_in.lmtp': '["0.0.0.0:2424"]' }, 'warning: smtp_in.lmtp listens beyond this machine: let only your own MTA reach it'],
  ['nobody is verified', { 'smtp_in.verify': 'false' }, 'warning: smtp_in.verify is false and no trusted_authserv is set: anybody can write mail in anybody\'s name'],
  ['trust in nobody', { 'smtp_in.trusted_authserv': '"mx"', 'smtp_in.trusted_peers': '[]' }, 'error: smtp_in.trusted_authserv has no effect without smtp_in.trusted_peers: name the addresses of your MTA'],
  ['mail shown in the clear', { 'smtp_in.rspamd': '"http://192.0.2.1:11333"' }, 'warning: smtp_in.rspamd is on another machine without TLS: whoever is on the way can read the mail'],
  ['a password for nobody', { 'smtp_in.rspamd_password': '"hunter3"' }, 'error: smtp_in.rspamd_password has no effect without smtp_in.rspamd'],
  ['a filter that is waited for too long', { 'smtp_in.rspamd_timeout': '"6m"' }, 'error: smtp_in.rspamd_timeout must not be longer than "5m": the client would give up waiting, and send the mail again'],
  ['no retry', { 'smtp_out.retry': '[]' }, 'error: smtp_out.retry must hold at least one wait, such as ["15m"]'],
  ['the warning after the end', { 'smtp_out.warn': '"5d"' }, 'error: smtp_out.warn must be shorter than smtp_out.expire: the notice of a delay comes before the end'],
  ['a wait that is too long', { 'smtp_out.retry': '["6d"]' }, 'warning: smtp_out.retry holds a wait that is not shorter than smtp_out.expire: it will never be tried after it'],
  ['messages forgotten too early', { 'store.keep_messages': '"1d"' }, 'warning: store.keep_messages is shorter than smtp_out.expire: a bounce that comes back late finds its message forgotten'],
  ['a login twice', { 'smtp_out.relay': '"smtp://u:p@localhost"', 'smtp_out.user': '"u"', 'smtp_out.password': '"hunter3"' }, 'error: smtp_out.relay holds a login, and smtp_out.user is set too: keep one of them'],
  ['mail in the clear', { 'smtp_out.relay': '"smtp://mx.example.com"' }, 'warning: smtp_out.relay is on another machine: set smtp_out.require_tls = true, so that nobody can read the mail on its way'],
  ['the link in the clear', { 'xmpp.service': '"xmpp://192.0.2.1"' }, 'warning: xmpp.service is on another machine, and a component link has no TLS: use a tunnel, or run the gateway beside the server'],
  ['a signature that does not align', { 'smtp_out.dkim_domain': '"example.org"', 'smtp_out.dkim_selector': '"s"', 'smtp_out.dkim_key_file': '"/k"' }, 'warning: smtp_out.dkim_domain is neither xmpp.domain nor above it: the signature does not count for DMARC'],
  ['codes to phones that come back', { 'sms.mail': '"{number}@mail.example.com"', 'sms.prefixes': '["+1"]' }, 'error: sms.mail must not be at the gateway\'s own domain: the codes would come back here'],
  ['codes to phones of no number', { 'sms.mail': '"number@sms.example.net"' }, 'error: sms.mail must be a mail address with {number} or {+number} before its @, such as "{number}@sms.example.net"'],
  ['codes to phones anywhere', { 'sms.mail': '"{+number}@sms.example.net"' }, 'warning: sms.prefixes is empty: codes go to the numbers of any country, and whoever gets paid for such messages may ask for them'],
];

test.each([...ONE_KEY, ...NAMES, ...TOGETHER])('%s', (_name, keys, sentence) => {
  expect(problemsOf(keys)).toEqual([sentence]);
});

test('a good file has no problem', () => {
  expect(problemsOf({})).toEqual([]);
  for (const there of ['http://[::1]:11333/', 'https://rspamd.example.com']) expect(problemsOf({ 'smtp_in.rspamd': JSON.stringify(there) })).toEqual([]);
});

test('all problems are told at once, each with its line', () => {
  const text = `${toml({ 'xmpp.window': '"x"', 'log.levell': '"info"' })}\n[web]\nadmin_listen = 5`;
  const { problems, lines, config } = parseConfig(text, {});
  expect(config).toBeUndefined();
  expect(problems.map((problem) => formatProblem(problem, 'f.toml', lines))).toEqual([
    'f.toml:9: error: log.levell is not a key; did you mean log.level?',
    'f.toml:5: error: xmpp.window must be a whole number from 1 to 10000, without quotes',
    'f.toml:11: error: web.admin_listen must be an address and port such as "127.0.0.1:8880", or "" for none',
  ]);
});

test('a key outside every section, and a section that is a key', () => {
  const texts = (text: string): string[] => parseConfig(text, {}).problems.map((problem) => problem.text);
  expect(texts(`domain = "x"\n${toml({})}`)).toEqual(['domain stands outside every section; did you mean xmpp.domain?']);
  expect(texts(`log = "info"\n${toml({})}`)).toEqual(['log is a section: write [log] on a line of its own, its keys below']);
});

test.each([
  ['not TOML', '[xmpp]\nsecret = hunter2-hunter2\n', 'line 2, column 10 is not TOML: invalid value'],
  ['a key twice', '[log]\nlevel = "info"\nlevel = "warn"\n', 'line 3, column 1 is not TOML: trying to redefine an already defined table or value'],
  ['a hostile key', '__proto__ = 1\n', 'line 1, column 1 is not TOML: document contains an unsafe property'],
])('%s', (_name, text, sentence) => {
  expect(parseConfig(text, {}).problems.map((problem) => problem.text)).toEqual([sentence]);
});

test('a file that is not there, and files it names that are not there', () => {
  const directory = mkdtempSync(join(tmpdir(), 'stanzapost-config-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'stanzapost.toml');
  expect(loadConfig(path, {}).problems[0]?.text).toBe('cannot be read: there is no such file; --config names another, `stanzapost init` makes one');
  writeFileSync(path, toml({ 'smtp_in.tls_cert': '"/nowhere/c"', 'smtp_in.tls_key': `${JSON.stringify(path)}` }), { mode: 0o600 });
  const { config, problems } = loadConfig(path, {});
  expect(config).toBeUndefined();
  expect(problems.map(({ text }) => text)).toEqual(['smtp_in.tls_cert names a file that cannot be read (ENOENT)']);
});
