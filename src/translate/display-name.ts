/** Names that people give themselves: untrusted text, which must not pass for somebody's address. */
import { displayText } from './mail-text.js';
import { cleanText } from './xml-text.js';

const LIMIT = 100;
/** What cannot be seen, and would make two names look like one. */
const UNSEEN = /[\p{Cf}\u115f\u1160\u3164\uffa0]/gu;
/** A contact's JID is `local%domain`. */
const CONTACT = /\S%[^\s%]+\.[^\s%]/;

/** The name as it may be shown in place of an address; undefined for none, and for one that looks like an address. */
export function displayName(given: string | undefined): string | undefined {
  const name = displayText(cleanText(given ?? ''), LIMIT).replace(/\s+/g, ' ').trim();
  const bare = name.replace(UNSEEN, '');
  return bare.trim() === '' || looksLikeAddress(bare) ? undefined : name;
}

/** Full-width and small forms included. */
function looksLikeAddress(name: string): boolean {
  const plain = name.normalize('NFKC');
  return plain.includes('@') || CONTACT.test(plain);
}
