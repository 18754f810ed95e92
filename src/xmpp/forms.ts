/** Data forms (XEP-0004) of what chat users can ask for: to fill in, and filled in. */
import type { Field, Form, Values } from '../edge.js';
import { cleanText } from '../translate/xml-text.js';
import { el, NS, type Element } from './xml.js';

/** Field types of XEP-0004 §3.3. */
const TYPES: Readonly<Record<Field['kind'], string>> = { text: 'text-single', lines: 'text-multi', choice: 'list-single', flag: 'boolean' };

/** What somebody may write into one field, in UTF-16 units; the rest is cut off. */
const LONGEST_VALUE = 20_000;

/** The form to fill in, with what its fields hold now. */
export function formToFill({ title, instructions, formType, fields, values }: Form): Element {
  const hidden = formType === undefined ? [] : [el('field', { var: 'FORM_TYPE', type: 'hidden' }, el('value', {}, formType))];
  const shown = fields.map((field) => toFill(field, values[field.name] ?? ''));
  return el('x', { xmlns: NS.forms, type: 'form' }, el('title', {}, cleanText(title)), el('instructions', {}, cleanText(instructions)), hidden, shown);
}

function toFill({ name, label, kind, choices = [], required }: Field, value: string): Element {
  const options = choices.map((choice) => el('option', { label: cleanText(choice.label) }, el('value', {}, cleanText(choice.value))));
  const held = value === '' ? [] : (kind === 'lines' ? value.split('\n') : [value]).map((line) => el('value', {}, cleanText(line)));
  return el('field', { var: name, type: TYPES[kind], label: cleanText(label) }, required === true ? el('required') : undefined, held, options);
}

/**
 * What somebody has filled in: only of the fields that the form has, and of each that comes twice the first (XEP-0004 §3.2). What is
 * left out has no value here; what is emptied has an empty one.
 * @param x the `<x/>` that was submitted
 */
export function filledIn(x: Element, fields: readonly Field[]): Values {
  const wanted = new Map(fields.map((field) => [field.name, field]));
  const values: Record<string, string> = {};
  for (const given of x.getChildren('field')) {
    const field = wanted.get(given.attrs.var ?? '');
    if (field === undefined) continue;
    wanted.delete(field.name);
    values[field.name] = valueOf(given, field);
  }
  return values;
}

function valueOf(given: Element, { kind }: Field): string {
  const all = given.getChildren('value').map((value) => value.getText());
  if (kind === 'lines') return all.join('\n').slice(0, LONGEST_VALUE);
  const [first = ''] = all;
  // XEP-0004 §3.3: a boolean is written in either of two ways.
  if (kind === 'flag') return String(['1', 'true'].includes(first.trim()));
  return first.slice(0, LONGEST_VALUE);
}

/** The `<x/>` of a request, if it has one. */
export function formIn(parent: Element): Element | undefined {
  return parent.getChild('x', NS.forms);
}
