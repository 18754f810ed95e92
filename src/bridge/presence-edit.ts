/** What a user has typed of what is published of his presence, turned into a change of it. */
import type { Values } from '../edge.js';
import { Failure, isFailure } from '../failure.js';
import { parseOrigin } from '../presence/origin.js';
import { FACETS, type Facet, type Publication } from '../presence/publication.js';
import { newId } from '../presence/publications.js';
import { isAudience } from './presence-lines.js';

export type Edit = (before: Publication) => Publication;
/** Is there an API key of this name? Rejects as the store does. */
export type HasKey = (name: string) => Promise<boolean>;
/** Which of the two lists that a user makes. */
export type Named = 'origins' | 'keys';

/** Web sites that one user names; as many API keys. */
export const MOST_NAMED = 50;
export const TOO_MANY = Failure.permanent('bad-content', `You can name ${MOST_NAMED} sites and ${MOST_NAMED} API keys at most.`);
const NO_SITE = Failure.permanent('bad-content', 'Write a web site such as https://example.org or https://example.org:8443; http is taken for this machine only, such as http://localhost:8080.');
const NO_KEY = Failure.permanent('bad-content', 'There is no API key of this name. Who runs the site or program that asks knows it.');

/** As the form holds it. */
export function valuesOf(publication: Publication | undefined): Values {
  const { audience = 'nobody', shown = [], write = false, origins = [], keys = [] } = publication ?? {};
  return {
    audience,
    ...Object.fromEntries(FACETS.map((facet) => [facet, String(shown.includes(facet))])),
    write: String(write),
    sites: origins.join('\n'),
    keys: keys.join('\n'),
    new: 'false',
  };
}

/** What the values say; those that are left out stay. Undefined: they say nothing. */
export async function editOf(values: Values, hasKey: HasKey, before: Publication | undefined): Promise<Edit | undefined | Failure> {
  if (Object.keys(values).length === 0) return undefined;
  const origins = await listIn('origins', values.sites, before?.origins ?? [], hasKey);
  const keys = await listIn('keys', values.keys, before?.keys ?? [], hasKey);
  if (isFailure(origins)) return origins;
  if (isFailure(keys)) return keys;
  const { audience = '', write: mayWrite } = values;
  return (now) => ({
    ...now,
    ...(values.new === 'true' && { id: newId() }),
    ...(isAudience(audience) && { audience }),
    shown: FACETS.filter((facet) => (values[facet] === undefined ? now.shown.includes(facet) : values[facet] === 'true')),
    ...(mayWrite !== undefined && { write: mayWrite === 'true' }),
    ...(origins !== undefined && { origins }),
    ...(keys !== undefined && { keys }),
  });
}

/** A line each; undefined where the form left them out. Rejects as the store does. */
async function listIn(list: Named, typed: string | undefined, before: readonly string[], hasKey: HasKey): Promise<readonly string[] | undefined | Failure> {
  if (typed === undefined) return undefined;
  const lines = [...new Set(typed.split('\n').map((line) => line.trim()).filter((line) => line !== ''))];
  if (lines.length > MOST_NAMED) return TOO_MANY;
  const names = new Set<string>();
  for (const line of lines) {
    const name = before.includes(line) ? line : await oneOf(list, line, hasKey);
    if (isFailure(name)) return name;
    names.add(name);
  }
  return [...names];
}

/** One that may be named, in its one spelling. Rejects as the store does. */
export async function oneOf(list: Named, typed: string, hasKey: HasKey): Promise<string | Failure> {
  const name = canonical(list, typed);
  if (list === 'origins') return name ?? NO_SITE;
  return name !== undefined && (await hasKey(name)) ? name : NO_KEY;
}

/** Undefined for what cannot be one. */
export function canonical(list: Named, typed: string): string | undefined {
  return list === 'origins' ? parseOrigin(typed) : typed.trim().toLowerCase();
}

/** @param typed words of `FACETS`, `all` or `nothing`. @returns undefined for other words, and for none */
export function facetsIn(typed = ''): readonly Facet[] | undefined {
  const words = typed.toLowerCase().split(/[\s,]+/).filter((word) => word !== '');
  if (words.length === 1 && words[0] === 'all') return FACETS;
  if (words.length === 1 && words[0] === 'nothing') return [];
  return words.length > 0 && words.every((word) => (FACETS as readonly string[]).includes(word)) ? FACETS.filter((facet) => words.includes(facet)) : undefined;
}
