/**
 * Every key of `stanzapost.toml`, once: how it is checked, its default, and the comment that `init` writes beside it.
 * A key has the same name here, in the file and in `Config`.
 */
import { POLICIES } from '../bridge/offline-settings.js';
import { LOG_LEVELS } from '../log.js';
import { defaulted, optional, required, type Key, type Section } from './key.js';
import * as value from './values.js';

export const SECTIONS = {
  xmpp: {
    comment: 'The link to the XMPP server (XEP-0114). The server needs a component block; `stanzapost init` prints it.',
    keys: {
      service: defaulted('xmpp://127.0.0.1:5347', {
        type: value.service,
        comment: 'Where the XMPP server listens for components. This link has no TLS: keep it on one machine or inside a tunnel.',
      }),
      domain: required({
        type: value.domain,
        example: 'mail.example.com',
        comment: 'The gateway\'s own domain, in chat and in mail. Its MX record points at the machine that takes mail for it.',
      }),
      secret: required({
        type: value.secret,
        secret: true,
        example: 'a long random text',
        comment: 'What the gateway and the XMPP server share. Or leave it out and set secret_file, or the environment variable STANZAPOST_XMPP_SECRET.',
      }),
      secret_file: optional({
        type: value.path,
        example: '/etc/stanzapost/xmpp-secret',
        comment: 'A file that holds the secret, in place of `secret`.',
      }),
      home: required({
        type: value.domain,
        example: 'example.com',
        comment: 'The XMPP server\'s own domain: mail to name@DOMAIN goes to the chat user name@HOME.',
      }),
      separator: defaulted('%', {
        type: value.oneOf('%', '\\40'),
        comment: 'What stands for the @ in the contacts the gateway makes: "%" (joe%example.org@...) or "\\\\40" (XEP-0106). Both are understood always.',
      }),
      window: defaulted(200, {
        type: value.count(1, 10_000),
        comment: 'How many messages may be with the XMPP server before it has confirmed them.',
      }),
      max_stanza: defaulted('500KiB', {
        type: value.size,
        comment: 'Longest stanza sent. The XMPP server closes the link at its own limit (Prosody: 512 KiB), so stay below it.',
      }),
    },
  },
  access: {
    comment: 'Who may use the gateway.',
    keys: {
      allow: defaulted([], {
        type: value.list(value.domainOrJid, '["example.com", "juliet@example.net"]'),
        example: ['example.com', 'juliet@example.net'],
        comment: 'Domains and JIDs whose users may write mail and be written to. Empty: everybody of the home domain. A contact local%DOMAIN@gateway of another domain in this list is that chat user, not a mail address.',
      }),
      register: defaulted([], {
        type: value.list(value.domainOrJid, '["example.net", "romeo@example.org"]'),
        example: ['example.net', 'romeo@example.org'],
        comment: 'Domains and JIDs of other servers whose users may register with the gateway (XEP-0077), and then write mail and be written to. Those of allow need not.',
      }),
      admins: defaulted([], {
        type: value.list(value.person, '["admin@example.com"]'),
        example: ['admin@example.com'],
        comment: 'JIDs that get the mail to postmaster and abuse. RFC 5321 wants somebody to read it.',
      }),
      own_addresses: defaulted('ask', {
        type: value.oneOf('no', 'ask', 'free'),
        comment:
          'Who may have NAME@gateway as his own mail address. A name that the XMPP server has a user of is refused. "ask": one of admins grants each by chat; "free": given at once when the server answers as if it had no such user (it does so too for a user who blocks the gateway), else as "ask"; "no": no new ones.',
      }),
      strangers: defaulted('everybody', {
        type: value.oneOf('everybody', 'mark', 'ask', 'contacts', 'verified'),
        comment:
          'Mail from people whom a user has not written to, accepted, or taken as a contact, until the user sets something else: "everybody" takes it, "mark" says so above the first one, "ask" asks the user while it waits, "contacts" refuses it, "verified" refuses all mail whose sender is not verified.',
      }),
    },
  },
  limits: {
    comment: 'How much is taken from whom. "300/5m 10000/1d" is: at most 300 at once and in 5 minutes, and 10,000 in a day; "0" is no limit. Who hits one is told when it works again. A message to several counts once for each.',
    keys: {
      chat_messages: defaulted('300/5m 10000/1d', {
        type: value.rates,
        comment: 'What one chat user writes.',
      }),
      chat_correspondents: defaulted('100/1h 300/1d', {
        type: value.rates,
        comment: 'Mail addresses that one chat user writes to for the first time, without a mail from there before. A stolen account is stopped here. Kept over a restart.',
      }),
      chat_inbox: defaulted('1000/10m 20000/1d', {
        type: value.rates,
        comment: 'What comes for one chat user.',
      }),
      chat_bounces: defaulted('100/1h 500/1d', {
        type: value.rates,
        comment: 'Bounces and automatic answers without a return path that come for one chat user, such as those to spam in his name. Those to mail that the gateway sent are not among them.',
      }),
      mail_domain: defaulted('5000/10m 100000/1d', {
        type: value.rates,
        comment: 'What all chat users together write to one mail domain.',
      }),
      mail_author: defaulted('5000/10m 100000/1d', {
        type: value.rates,
        comment: 'What one mail address writes. Who is not proven to be it (SPF, DKIM) is counted apart.',
      }),
      mail_author_domain: defaulted('20000/10m 500000/1d', {
        type: value.rates,
        comment: 'What one mail domain writes, in the same manner.',
      }),
      peer_recipients: defaulted('5000/10m 200000/1d', {
        type: value.rates,
        comment: 'Recipients that one IP address names (IPv6: one /64). Not for smtp_in.trusted_peers.',
      }),
      peer_unknown: defaulted('100/10m 1000/1d', {
        type: value.rates,
        comment: 'Recipients that do not exist, named by one IP address: whoever tries names to find users. Beyond it the address is put off whatever it names. Not for smtp_in.trusted_peers.',
      }),
    },
  },
  smtp_in: {
    comment: 'Mail that comes in: by SMTP from the world or your MTA, or by LMTP from your MTA.',
    keys: {
      listen: defaulted(['127.0.0.1:2525'], {
        type: value.list(value.listenAddress, '["0.0.0.0:25", "[::]:25"]'),
        comment: 'Addresses for SMTP; ["0.0.0.0:25", "[::]:25"] takes mail from the world. Empty: none.',
      }),
      lmtp: defaulted([], {
        type: value.list(value.anyListenAddress, '["127.0.0.1:2424"]'),
        example: ['127.0.0.1:2424'],
        comment: 'Addresses for LMTP (RFC 2033), "host:port" or "unix:/path". For your own MTA only, never for the world.',
      }),
      tls_cert: optional({
        type: value.path,
        example: '/etc/stanzapost/cert.pem',
        comment: 'PEM file with the certificate and its chain, for STARTTLS. Read again on SIGHUP.',
      }),
      tls_key: optional({
        type: value.path,
        example: '/etc/stanzapost/key.pem',
        comment: 'PEM file with the key of tls_cert.',
      }),
      max_size: defaulted('50MiB', {
        type: value.size,
        comment: 'Largest mail taken, with its attachments.',
      }),
      max_recipients: defaulted(100, {
        type: value.count(1, 10_000),
        comment: 'Most recipients of one mail. RFC 5321 asks for at least 100.',
      }),
      long_text: defaulted(2_500, {
        type: value.count(0, 1_000_000),
        comment:
          'Longest text of a newsletter or report, in characters, that a chat user gets whole; of a longer one the first paragraphs, and a link to the rest. A person\'s own letter may be three times as long. 0: never shortened.',
      }),
      max_connections: defaulted(500, {
        type: value.count(1, 100_000),
        comment: 'Most connections at once; further ones are told to come back.',
      }),
      verify: defaulted(true, {
        type: value.flag,
        comment: 'Check SPF, DKIM and DMARC of each mail. Turn it off only when your MTA does it: see trusted_authserv.',
      }),
      trusted_authserv: optional({
        type: value.words('the name that your MTA writes into Authentication-Results, such as "mx.example.com"'),
        example: 'mx.example.com',
        comment: 'The authserv-id (RFC 8601) by which your MTA marks its own results. They are believed only from trusted_peers. Without it mail from those is checked by DKIM alone: what has no good signature of its sender\'s domain arrives marked as unverified.',
      }),
      trusted_peers: defaulted(['127.0.0.1', '::1'], {
        type: value.list(value.ipAddress, '["127.0.0.1", "::1"]'),
        comment: 'IP addresses of your own MTAs in front of the gateway. Their Authentication-Results are believed (trusted_authserv), and SPF is not asked about them.',
      }),
      dnsbl: defaulted([], {
        type: value.list(value.domain, '["zen.spamhaus.org"]'),
        example: ['zen.spamhaus.org'],
        comment: 'DNS block lists: clients whose address is in one are refused. Read the terms of each list; most do not answer the large public DNS servers, so use one of your own (dns). A list that does not answer refuses nobody.',
      }),
      greylist: defaulted('0', {
        type: value.durationOrNone,
        example: '5m',
        comment: 'Greylisting: who is not known is put off, and let in when he comes again after this time. "0": off. Good against simple spam programs, and it delays the first mail of everybody new. Not for trusted_peers.',
      }),
      rspamd: optional({
        type: value.rspamd,
        example: 'http://127.0.0.1:11333',
        comment: 'Show each mail to rspamd before it is taken: the address of its normal worker, http:// or https://. What it rejects is refused, what it would mark arrives marked. While it does not answer, mail is taken unchecked. Not where rspamd is asked by your MTA already.',
      }),
      rspamd_password: optional({
        type: value.secret,
        secret: true,
        example: 'the password of its controller',
        comment: 'For an rspamd controller that wants one. Or leave it out and set rspamd_password_file, or the environment variable STANZAPOST_SMTP_IN_RSPAMD_PASSWORD.',
      }),
      rspamd_password_file: optional({
        type: value.path,
        example: '/etc/stanzapost/rspamd-password',
        comment: 'A file that holds the password, in place of `rspamd_password`.',
      }),
      rspamd_timeout: defaulted('15s', {
        type: value.duration,
        comment: 'How long one mail waits for the answer of rspamd, before it is taken unchecked. Longer than task_timeout of rspamd (8 s).',
      }),
      dns: defaulted([], {
        type: value.list(value.dnsServer, '["127.0.0.1"]'),
        example: ['127.0.0.1'],
        comment: 'DNS servers for the checks of incoming mail, and for the hosts of files that chat users link to. Empty: those of the system.',
      }),
    },
  },
  smtp_out: {
    comment: 'Mail that goes out, always through your own MTA or a provider\'s.',
    keys: {
      relay: defaulted('smtp://127.0.0.1:25', {
        type: value.relay,
        comment: 'smtp://, smtps:// or lmtp://, a host, a port. STARTTLS is used where it is offered.',
      }),
      user: optional({
        type: value.words('the user name at the relay'),
        example: 'stanzapost',
        comment: 'The user name, when the relay wants a login.',
      }),
      password: optional({
        type: value.secret,
        secret: true,
        example: 'the password at the relay',
        comment: 'The password. Or leave it out and set password_file, or the environment variable STANZAPOST_SMTP_OUT_PASSWORD.',
      }),
      password_file: optional({
        type: value.path,
        example: '/etc/stanzapost/relay-password',
        comment: 'A file that holds the password, in place of `password`.',
      }),
      require_tls: defaulted(false, {
        type: value.flag,
        comment: 'Send nothing unless the link to the relay is encrypted and its certificate is good.',
      }),
      ca_file: optional({
        type: value.path,
        example: '/etc/stanzapost/relay-ca.pem',
        comment: 'PEM file of what signed the relay\'s certificate, in place of the system\'s authorities.',
      }),
      pool: defaulted(20, {
        type: value.count(1, 100),
        comment: 'Most connections to the relay at once; they are opened as the load asks for them.',
      }),
      retry: defaulted(['1m', '5m', '15m', '1h', '4h'], {
        type: value.list(value.duration, '["1m", "5m", "15m", "1h", "4h"]'),
        comment: 'Waits between the tries of what fails for now, mail and chat alike; the last one is repeated.',
      }),
      expire: defaulted('5d', {
        type: value.duration,
        comment: 'How long a message is tried. Its sender then learns that it failed, and why.',
      }),
      warn: defaulted('4h', {
        type: value.duration,
        comment: 'When the sender of a message that still waits is told of the delay.',
      }),
      burst: defaulted('20s', {
        type: value.durationOrNone,
        comment: 'Chat lines that somebody writes within this time become one mail; until then they can be corrected and taken back. "0": each at once. Users choose their own with the chat command "burst".',
      }),
      burst_longest: defaulted('5m', {
        type: value.duration,
        comment: 'How long the first of these lines waits, at most.',
      }),
      dkim_domain: optional({
        type: value.domain,
        example: 'mail.example.com',
        comment: 'Sign outgoing mail (RFC 6376) for this domain, together with dkim_selector and dkim_key_file. Leave out when your MTA signs.',
      }),
      dkim_selector: optional({
        type: value.words('a DKIM selector such as "stanzapost"'),
        example: 'stanzapost',
        comment: 'The public key is the TXT record SELECTOR._domainkey.DOMAIN.',
      }),
      dkim_key_file: optional({
        type: value.path,
        example: '/etc/stanzapost/dkim.pem',
        comment: 'PEM file with the private key.',
      }),
    },
  },
  web: {
    comment: 'The listener for the administrator, and the pages on which people see what chat does not show of a mail, and who is online where users publish that.',
    keys: {
      listen: optional({
        type: value.listenAddress,
        example: '127.0.0.1:8881',
        comment: 'Serves mails and their files at links that nobody can guess and that expire, and what users choose to publish of their presence. It speaks plain HTTP: put a web server with TLS in front of it. Left out: neither.',
      }),
      public_url: optional({
        type: value.publicUrl,
        example: 'https://mail.example.com',
        comment: 'What these links begin with: the address at which your web server passes requests on to listen. A path is allowed, such as https://example.com/mail.',
      }),
      link_expiry: defaulted('7d', {
        type: value.duration,
        comment: 'How long a link works after its mail came. No link outlives its mail (store.keep_originals).',
      }),
      requests_per_minute: defaulted(600, {
        type: value.count(10, 10_000_000),
        comment: 'How often one address (IPv6: one /64) may ask for presence, a sixth of it at once. Names that show nothing count more, so nobody tries all names. API keys have limits of their own. Behind a web server it has to send X-Forwarded-For.',
      }),
      admin_listen: defaulted('127.0.0.1:8880', {
        type: value.listenAddressOrOff,
        comment: 'Serves /healthz, /readyz and /metrics (Prometheus), without a login. "" turns it off.',
      }),
    },
  },
  sms: {
    comment: 'Telephone numbers. A chat user shows by a code that a number is his (`phone NUMBER`); then mail and chat to +15551234567@DOMAIN is his. The codes go to a provider that sends what is mailed to it as SMS.',
    keys: {
      mail: optional({
        type: value.smsMail,
        example: '{number}@sms.example.net',
        comment:
          'Where the provider takes mail for a number: {number} stands for its digits, {+number} for them with the plus. Without it there are no phone numbers. Each mail has one short line, from postmaster@DOMAIN: the provider must know that sender.',
      }),
      prefixes: defaulted([], {
        type: value.list(value.phonePrefix, '["+1", "+49151"]'),
        example: ['+1', '+49151'],
        comment: 'What the numbers of your users begin with: codes go to no others. Empty: codes go to any country, also to numbers that cost much.',
      }),
      codes_per_day: defaulted(100, {
        type: value.count(1, 100_000),
        comment: 'How many codes are sent in a day, in all: the most that anybody can make you pay for. A user gets 3 a day.',
      }),
    },
  },
  files: {
    comment: 'Files that ride with messages.',
    keys: {
      upload: defaulted(true, {
        type: value.flag,
        comment: 'Files of mails are put on the HTTP upload service of your XMPP server, which must allow the gateway that (`stanzapost init` prints how). False, or where it fails: links of [web]; without these the text names the file.',
      }),
      max_fetch: defaulted('25MiB', {
        type: value.size,
        comment: 'Most bytes of files that one mail from chat carries; in the mail they take a third more. What is larger stays a link.',
      }),
      trusted_hosts: defaulted([], {
        type: value.list(value.webHost, '["upload.example.com:5281"]'),
        example: ['upload.example.com:5281'],
        comment: 'Further hosts of upload services, as they stand in their links, with the port where it is not 80 or 443. Files are fetched from there, and from your XMPP server\'s own service, also when the address is private, or without TLS; from anybody else by https and public addresses only.',
      }),
    },
  },
  offline: {
    comment: 'Messages to chat users who are away. Who is online is known from presence: see docs/operation.md.',
    keys: {
      policy: defaulted('auto', {
        type: value.oneOf(...POLICIES),
        comment: 'auto: of users known to be offline they wait here, of others they are handed to the XMPP server. hold: they wait until the user is seen online. pass: always handed to the XMPP server. mailbox: they go to the user\'s mailbox, and without one wait here. refuse: refused while the user is offline. Users choose their own with the chat command "offline".',
      }),
      keep: defaulted('14d', {
        type: value.duration,
        comment: 'How long they wait, in place of smtp_out.expire. Then their senders are told. Users choose their own with "keep".',
      }),
      quota: defaulted(1_000, {
        type: value.count(1, 100_000),
        comment: 'How many may wait for one user. The next is refused: mail for now (452), chat with an error.',
      }),
      rate: defaulted(1_000, {
        type: value.count(1, 100_000),
        comment: 'How many of them are delivered in a second, over all users who come online.',
      }),
    },
  },
  store: {
    comment: 'What the gateway keeps.',
    keys: {
      url: defaulted('sqlite:/var/lib/stanzapost/stanzapost.db', {
        type: value.storeUrl,
        comment: 'The database: "sqlite:" and the path of a file on a local disk. It holds the queue: back it up, see [backup].',
      }),
      keep_messages: defaulted('7d', {
        type: value.duration,
        comment: 'How long a message is kept after its last delivery, for late bounces and for `stanzapost queue show`.',
      }),
      keep_originals: defaulted('30d', {
        type: value.duration,
        comment: 'How long the original of a mail can be asked for.',
      }),
    },
  },
  backup: {
    comment: 'A backup of the store every night, made while the gateway runs. `stanzapost restore FILE` brings one back.',
    keys: {
      dir: optional({
        type: value.path,
        example: '/var/backups/stanzapost',
        comment: 'The directory they are written to, best on another disk: it must exist, and belong to the user of the gateway. They hold mail and keys. Left out: none are made.',
      }),
      at: defaulted('03:30', {
        type: value.timeOfDay,
        comment: 'When, in the time zone of this machine. One that was missed is made at the next start.',
      }),
      keep: defaulted(7, {
        type: value.count(1, 1_000),
        comment: 'How many are kept; then the oldest is removed.',
      }),
    },
  },
  log: {
    comment: 'JSON lines on standard output.',
    keys: {
      level: defaulted('info', {
        type: value.oneOf(...LOG_LEVELS),
        comment: 'fatal, error, warn, info, debug or trace. Read again on SIGHUP. No level shows a secret.',
      }),
    },
  },
} satisfies Record<string, Section>;

type ValueOf<K> = K extends Key<infer T> ? T : never;

/** The checked configuration: `config.smtp_in.max_size` is the key `max_size` of `[smtp_in]`, in bytes; durations are in ms. */
export type Config = {
  readonly [S in keyof typeof SECTIONS]: {
    readonly [K in keyof (typeof SECTIONS)[S]['keys']]: ValueOf<(typeof SECTIONS)[S]['keys'][K]>;
  };
};
