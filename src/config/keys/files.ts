/** The keys of `[files]`. */
import { defaulted, type Section } from '../key.js';
import * as value from '../values.js';

export const files = {
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
} satisfies Section;
