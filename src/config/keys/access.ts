/** The keys of `[access]`. */
import { defaulted, type Section } from '../key.js';
import * as value from '../values.js';

export const access = {
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
} satisfies Section;
