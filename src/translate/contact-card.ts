/** What a contact card says (vCard 2.1 to 4, RFC 6350), in lines for a reader. */
import type ICAL from 'ical.js';
import { component, line, readable, valueOf } from './calendar.js';
import { decodeText } from './mail-charset.js';
import { displayText } from './mail-text.js';
import { transferDecoder } from './mail-decode.js';

const MOST_CARDS = 5;
const MOST_VALUES = 5;
/** Pictures and keys are large, and nothing to read. */
const READ = /^(?:[\w-]+\.)?(?:FN|N|ORG|TITLE|TEL|EMAIL|URL|ADR)[;:]/i;

/** Undefined when nothing can be read. Never throws. */
export function contactSummary(text: string): string | undefined {
  const cards = text.split(/^BEGIN:VCARD[ \t]*$/im).slice(1);
  const told = cards.slice(0, MOST_CARDS).flatMap((card) => readable(() => cardLines(card)));
  if (told.length === 0) return undefined;
  return [...told, ...(cards.length > MOST_CARDS ? [`and ${cards.length - MOST_CARDS} more`] : [])].join('\n\n');
}

function cardLines(text: string): string[] {
  const card = component(['BEGIN:VCARD', 'VERSION:3.0', ...fieldsOf(text), 'END:VCARD'].join('\r\n'));
  if (card === undefined) return [];
  const name = valueOf(card, 'fn') || valueOf(card, 'n');
  const lines = [
    ...line('Name', name),
    ...line('Organisation', [valueOf(card, 'title'), valueOf(card, 'org')].filter((part) => part !== '').join(', ')),
    ...line('Phone', all(card, 'tel')),
    ...line('Mail', all(card, 'email')),
    ...line('Web', all(card, 'url')),
  ];
  return lines.length === 0 ? [] : [lines.join('\n')];
}

function all(card: ICAL.Component, name: string): string {
  const values = card.getAllProperties(name).slice(0, MOST_VALUES).map((property) => String(property.getFirstValue() ?? '').replace(/^(?:tel|mailto):/i, ''));
  return [...new Set(values.map((value) => displayText(value, 200)))].filter((value) => value !== '').join(', ');
}

/** The fields of interest, unfolded, without their groups, as vCard 3 spells them. */
function fieldsOf(text: string): string[] {
  const lines = text.replace(/=\r?\n/g, '').replace(/\r?\n[ \t]/g, '').split(/\r?\n/);
  return lines.filter((field) => READ.test(field)).map(asThree);
}

/** vCard 2.1 has parameters without names, and quoted-printable. */
function asThree(field: string): string {
  const colon = field.indexOf(':');
  const [name = '', ...parameters] = field.slice(0, colon).split(';');
  const value = field.slice(colon + 1);
  const bare = name.replace(/^[\w-]+\./, '');
  if (!parameters.some((parameter) => /quoted-printable/i.test(parameter))) return `${bare}:${value}`;
  const charset = parameters.map((parameter) => /^charset=(.+)$/i.exec(parameter)?.[1] ?? '').join('');
  const decoder = transferDecoder('quoted-printable');
  const bytes = Buffer.concat([decoder.write(Buffer.from(value, 'utf8')), decoder.end()]);
  return `${bare}:${decodeText(bytes, charset).replace(/[\r\n]+/g, ' ')}`;
}
