/**
 * What is made for each message has the one hidden class, however many there are. To a literal that begins with a spread and goes on
 * V8 gives a new one each time: a microsecond for each further property, garbage among the old objects, and slow reads wherever it goes.
 * `node --log-maps` tells where in a running gateway.
 */
import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';
import { expect, it } from 'vitest';
import { envelopeOf } from '../src/smtp-out/envelope.js';
import { parseReply } from '../src/smtp-out/reply.js';
import { fromMail } from '../src/translate/from-mail.js';
import { fromStanza } from '../src/translate/from-stanza.js';
import { MailReader } from '../src/translate/read-mail.js';
import { BOB, chat, FACTS as MAIL_FACTS, good } from './translate/mail-helpers.js';
import { FACTS as STANZA_FACTS, parseStanza } from './translate/stanza-helpers.js';

setFlagsFromString('--allow-natives-syntax');
const alike = runInThisContext('(one, other) => %HaveSameMap(one, other)') as (one: object, other: object) => boolean;
/** The first runs of a function are not looked at by V8. */
const SOME = 200;

const MAIL = Buffer.from('From: Bob <bob@example.net>\r\nTo: anna@mail.example.com\r\nSubject: Tea\r\nDate: Tue, 03 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@example.net>\r\n\r\nAt four?\r\n');

function parsed() {
  const reader = new MailReader();
  reader.write(MAIL);
  return good(reader.end());
}

function written(number: number): object {
  const meaning = fromStanza(parseStanza(`<message from="anna@example.com/phone" to="bob%example.net@mail.example.com" type="chat" id="${number}"><body>At four?</body></message>`), STANZA_FACTS);
  if (meaning.kind !== 'message') throw new Error(meaning.kind);
  return meaning.message;
}

it.each<[string, (number: number) => object | undefined]>([
  ['a mail that was read', parsed],
  ['the message of a mail', () => fromMail(parsed(), MAIL_FACTS)],
  ['the message of a stanza', written],
  ['the envelope of a mail that goes out', () => good(envelopeOf(chat(), BOB, false))],
  ['the reply of a relay', () => parseReply('250 2.0.0 taken')],
])('one for all: %s', (_what, make) => {
  const all = Array.from({ length: SOME }, (_, i) => make(i) ?? {});
  expect(alike(all.at(-1) ?? {}, all.at(-2) ?? {})).toBe(true);
});
