/** What one thing is that each chat user can set: its name, what it takes, and the words for it. */
import type { Field } from '../edge.js';

interface Words {
  /** Kept in the store, and typed by users: lower-case letters. */
  readonly name: string;
  /** Names it in a form. */
  readonly label: string;
  readonly kind: Field['kind'];
  readonly choices?: Field['choices'];
  /** What help says behind the name. */
  readonly form: string;
  readonly meaning: string;
  /** What is to be typed, for somebody who typed something else. */
  readonly expected: string;
}

/** As whoever shows and changes settings sees it. */
export interface Setting extends Words {
  /** What was typed: the value to keep, which is plain JSON, and the words that tell it; undefined for what it does not take. */
  take(text: string): { readonly value: unknown; readonly told: string } | undefined;
  /** A kept value as it is typed, and as an answer tells it. */
  show(value: unknown): { readonly typed: string; readonly told: string };
}

/** As the part that goes by it sees it. */
export interface Preference<T> extends Setting {
  /** Its value where nobody, the administrator included, has said anything. */
  readonly fallback: T;
  /** Out of the store; undefined for what another version has written. */
  read(kept: unknown): T | undefined;
}

interface Definition<T> extends Words {
  readonly fallback: T;
  /** Undefined for what it does not take. */
  readonly parse: (text: string) => T | undefined;
  /** As it is typed. */
  readonly format: (value: T) => string;
  /** The value as an answer tells it. */
  readonly tell: (value: T) => string;
  readonly read: (kept: unknown) => T | undefined;
}

export function preference<T>({ parse, format, tell, read, fallback, ...words }: Definition<T>): Preference<T> {
  return {
    ...words,
    fallback,
    read,
    take: (text) => {
      const value = parse(text.trim());
      return value === undefined ? undefined : { value, told: tell(value) };
    },
    show: (kept) => {
      const value = read(kept) ?? fallback;
      return { typed: format(value), told: tell(value) };
    },
  };
}
