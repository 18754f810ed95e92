/** The keys of `[smtp_in]`. */
import { defaulted, optional, type Section } from '../key.js';
import * as value from '../values.js';

export const smtpIn = {
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
} satisfies Section;
