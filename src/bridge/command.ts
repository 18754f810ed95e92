/** One thing that a chat user can ask of the gateway. What is defined here is a line of chat and a form at once. */
import type { Jid } from '../address.js';
import type { Field, Values } from '../edge.js';
import { Failure } from '../failure.js';

/** Everybody, also strangers to this gateway; those who may write mail; those named in `access.admins`. */
export type Audience = 'everybody' | 'users' | 'admins';

export interface Command {
  /** The words in chat: lower-case letters, one space at most (`alias off`). */
  readonly name: string;
  /** Its node, where a standard gives one; else the name with a hyphen for the space. */
  readonly node?: string;
  readonly audience: Audience;
  /** Of those, only these. @param user full or bare JID */
  readonly serves?: (user: Jid) => boolean;
  /** What the others are told. */
  readonly refusal?: Failure;
  /** FORM_TYPE of its form, where a standard gives one. */
  readonly formType?: string;
  /** Names it in a list. */
  readonly title: string;
  /** What help says behind the name, such as `ADDRESS`; empty for none. */
  readonly form: string;
  readonly meaning: string;
  /** In chat each takes a word, in this order, the last one the rest of the line. None: it has no form. */
  readonly fields: readonly Field[];
  /** A line of chat that is the value of its first field and nothing else. */
  readonly alone?: RegExp;
  /** Reads what stands behind the name in a line of chat, where words in order will not do. */
  read?(rest: string): Values;
  /** What the fields hold now. */
  values?(user: Jid): Values | Promise<Values>;
  /**
   * Rejects as the store does.
   * @param user bare JID
   * @param values of every required field at least; from chat, only what was typed
   */
  run(user: Jid, values: Values): string | Failure | Promise<string | Failure>;
}

/** The values in a line of chat behind the command's name; fails where a required one is missing. */
export function valuesIn(command: Command, rest: string): Values | Failure {
  if (command.read !== undefined) return checked(command, command.read(rest.trim()));
  const values: Record<string, string> = {};
  let left = rest.trim();
  command.fields.forEach(({ name }, i) => {
    const isLast = i === command.fields.length - 1;
    const word = isLast ? left : (/^\S*/.exec(left)?.[0] ?? '');
    left = left.slice(word.length).trim();
    if (word !== '') values[name] = word;
  });
  return checked(command, values);
}

/** The values with choices spelt as they are defined; a permanent `bad-content` that names the first that is missing or no choice. */
export function checked(command: Command, given: Values): Values | Failure {
  const missing = missingIn(command, given);
  if (missing !== undefined) return missing;
  const values: Record<string, string> = { ...given };
  for (const { name, label, choices } of command.fields) {
    const typed = values[name]?.trim().toLowerCase() ?? '';
    if (choices === undefined || typed === '') continue;
    const chosen = choices.find(({ value }) => value.toLowerCase() === typed);
    if (chosen === undefined) return Failure.permanent('bad-content', `${label}: write one of ${choices.map(({ value }) => value).join(', ')}.`);
    values[name] = chosen.value;
  }
  return values;
}

/** What a form must not leave out. */
function missingIn({ name, form, fields }: Command, values: Values): Failure | undefined {
  const missing = fields.find((field) => field.required === true && (values[field.name] ?? '').trim() === '');
  return missing && Failure.permanent('bad-content', `${missing.label} is missing. In chat, write: ${name} ${form}`);
}
