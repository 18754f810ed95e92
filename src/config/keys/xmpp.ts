/** The keys of `[xmpp]`. */
import { defaulted, optional, required, type Section } from '../key.js';
import * as value from '../values.js';

export const xmpp = {
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
} satisfies Section;
