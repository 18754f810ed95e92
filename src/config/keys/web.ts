/** The keys of `[web]`. */
import { defaulted, optional, type Section } from '../key.js';
import * as value from '../values.js';

export const web = {
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
} satisfies Section;
