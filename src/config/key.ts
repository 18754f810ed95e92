/** What a key of the configuration is made of; the table of all keys is in `keys.ts`. */
import type { z } from 'zod';

export type TomlValue = string | number | boolean | readonly string[];

export interface Key<T> {
  /** For the administrator: what it does and what follows from it. */
  readonly comment: string;
  readonly type: z.ZodType<T>;
  /** As written in the file; `required` keys have none, and an `optional` key that is not set stays undefined. */
  readonly default?: TomlValue;
  readonly example: TomlValue;
  readonly presence: 'required' | 'optional' | 'default';
  /** May also come from the file that KEY_file names, or from the environment. */
  readonly secret: boolean;
}

export interface Section {
  readonly comment: string;
  readonly keys: Readonly<Record<string, Key<unknown>>>;
}

interface Form<T> {
  readonly type: z.ZodType<T>;
  readonly comment: string;
  readonly example: TomlValue;
  readonly secret?: boolean;
}

export function required<const T>(form: Form<T>): Key<T> {
  return { secret: false, ...form, presence: 'required' };
}

/** A key that may be left out and then is undefined. */
export function optional<const T>(form: Form<T>): Key<T | undefined> {
  return { secret: false, ...form, presence: 'optional' };
}

/** A key whose default is also its example. */
export function defaulted<const T>(value: TomlValue, form: Omit<Form<T>, 'example'> & { readonly example?: TomlValue }): Key<T> {
  return { secret: false, example: value, ...form, default: value, presence: 'default' };
}

/** `STANZAPOST_XMPP_SECRET` for `xmpp.secret`. */
export function environmentName(section: string, key: string): string {
  return `STANZAPOST_${section}_${key}`.toUpperCase();
}
