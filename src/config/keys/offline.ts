/** The keys of `[offline]`. */
import { POLICIES } from '../../bridge/offline-settings.js';
import { defaulted, type Section } from '../key.js';
import * as value from '../values.js';

export const offline = {
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
} satisfies Section;
