/** The keys of `[limits]`. */
import { defaulted, type Section } from '../key.js';
import * as value from '../values.js';

export const limits = {
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
} satisfies Section;
