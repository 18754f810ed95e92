/** Reactions of chat users, as they may be made up. */
import { expect, it } from 'vitest';
import { reactionsIn } from '../../src/translate/stanza-reaction.js';
import { parseStanza } from './stanza-helpers.js';

const reactions = (emoji: readonly string[], attrs = " id='a'") => reactionsIn(parseStanza(`<message><reactions xmlns='urn:xmpp:reactions:0'${attrs}>${emoji.map((one) => `<reaction>${one}</reaction>`).join('')}</reactions></message>`));
const FACES = Array.from({ length: 60 }, (_, i) => String.fromCodePoint(0x1f600 + i));

it('are ten at most, each once, and emoji alone', () => {
  expect(reactions(FACES)).toEqual({ about: 'a', emoji: FACES.slice(0, 10), unknown: false });
  expect(reactions(['🌹', ' 🌹 ', 'hello', '&lt;b&gt;', ''])?.emoji).toEqual(['🌹']);
  expect(reactions(['hello'])).toEqual({ about: 'a', emoji: [], unknown: true });
  expect(reactions([])).toEqual({ about: 'a', emoji: [], unknown: false });
});

it('are none that are to nothing', () => {
  expect([reactions(FACES, ''), reactions(FACES, " id=''")]).toEqual([undefined, undefined]);
});
