/** The keys of `[smtp_out]`. */
import { defaulted, optional, type Section } from '../key.js';
import * as value from '../values.js';

export const smtpOut = {
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
} satisfies Section;
