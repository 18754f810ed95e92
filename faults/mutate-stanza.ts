/** Message stanzas that no client would write, well-formed (through a real server) or not (into the parser). */
import { readdirSync, readFileSync } from 'node:fs';
import xml from '@xmpp/xml';
import { withoutForbidden } from '../src/translate/xml-text.js';
import { HOSTILE } from '../test/xmpp/hostile.js';
import type { Chance } from './chance.js';

const CASES = new URL('../test/translate/cases/', import.meta.url);
const TYPES = ['chat', 'normal', 'headline', 'groupchat', 'error', 'x', ''];
const NAMES = ['body', 'subject', 'thread', 'x', 'html', 'reply', 'received', 'request', 'delay', 'error', 'openpgp', 'encrypted', 'replace', 'fallback', 'nick', 'a'];

/** The stanzas of the translation cases, as text. */
export function originals(): string[] {
  return readdirSync(CASES).flatMap((name) => {
    if (!name.startsWith('chat-')) return [];
    try {
      return [readFileSync(new URL(`${name}/stanza.xml`, CASES), 'utf8')];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  });
}

export function parse(text: string): xml.Element {
  const parser = new xml.Parser();
  let found: xml.Element | undefined;
  parser.on('element', (element: xml.Element) => (found = element));
  parser.write('<stream>');
  parser.write(text);
  if (found === undefined) throw new Error(`no stanza: ${text}`);
  return found;
}

/** Well-formed, and without characters that would cost the client its own stream. */
export function mutatedStanza(from: readonly string[], to: string, id: string, chance: Chance): xml.Element {
  const stanza = parse(chance.pick(from));
  for (let i = 1 + chance.below(4); i > 0; i--) mutate(chance.pick(elements(stanza)), chance);
  stanza.attrs = { ...stanza.attrs, to, id };
  delete stanza.attrs.from;
  return stanza;
}

function elements(root: xml.Element): xml.Element[] {
  return [root, ...root.getChildElements().flatMap(elements)];
}

const MUTATIONS: readonly ((element: xml.Element, chance: Chance) => void)[] = [
  (element, chance) => void element.append(hostile(chance)),
  (element, chance) => void element.append(xml(chance.pick(NAMES), { xmlns: chance.pick(['jabber:client', 'urn:x', '', 'jabber:component:accept']) }, hostile(chance))),
  (element, chance) => void (element.children = element.children.filter(() => chance.below(2) === 0)),
  (element) => element.getChildElements().forEach((child) => void element.append(child)),
  (element, chance) => void (element.attrs[chance.pick(['type', 'id', 'xml:lang', 'stamp', 'by', 'jid', 'url', 'for'])] = hostile(chance)),
  (element, chance) => void (element.attrs.type = chance.pick(TYPES)),
  (element, chance) => void element.append(hostile(chance).repeat(1 + chance.below(200)).slice(0, 30_000)),
  (element, chance) => void element.append(nested(chance.below(60), chance)),
];

function mutate(element: xml.Element, chance: Chance): void {
  chance.pick(MUTATIONS)(element, chance);
}

function nested(depth: number, chance: Chance): xml.Element {
  return depth === 0 ? xml('body', {}, hostile(chance)) : xml(chance.pick(NAMES), {}, nested(depth - 1, chance));
}

function hostile(chance: Chance): string {
  return withoutForbidden(chance.pick(HOSTILE));
}

/** A stanza as text with some of its characters harmed; seldom well-formed. */
export function brokenStanza(from: readonly string[], chance: Chance): string {
  let text = chance.pick(from);
  for (let i = 1 + chance.below(6); i > 0; i--) {
    const at = chance.below(text.length + 1);
    const put = chance.below(2) === 0 ? chance.pick(HOSTILE) : String.fromCharCode(chance.below(0x10000)).repeat(1 + chance.below(3_000));
    text = text.slice(0, at) + put + text.slice(at + chance.below(20));
  }
  return text;
}
