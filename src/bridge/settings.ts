/** All that each chat user can set, each thing once. */
import { KEEP, OFFLINE, QUIET } from './offline-settings.js';
import { preference, type Setting } from './preference.js';
import { POLICIES, type Policy } from './strangers.js';
import { SIGNATURE, TEXT } from './texts.js';

const LONGEST_BURST_S = 300;

/** How long a line waits for the next one, in ms; 0 for not at all. */
export const BURST = preference<number>({
  name: 'burst',
  label: 'Seconds that a line waits for the next one',
  kind: 'text',
  form: 'SECONDS',
  meaning: 'lines that you write within so many seconds become one mail; 0 sends each at once',
  expected: `a number from 0 to ${LONGEST_BURST_S}`,
  fallback: 20_000,
  parse: (text) => {
    const seconds = /^\d{1,3}$/.test(text) ? Number(text) : Infinity;
    return seconds <= LONGEST_BURST_S ? seconds * 1_000 : undefined;
  },
  format: (ms) => String(ms / 1_000),
  tell: (ms) => (ms === 0 ? 'Each line is sent at once.' : `Lines within ${ms / 1_000} seconds become one mail.`),
  read: (kept) => (typeof kept === 'number' ? kept : undefined),
});

/** Does who has written become a contact by itself? */
export const CONTACTS = preference<boolean>({
  name: 'contacts',
  label: 'New contacts',
  kind: 'choice',
  choices: [
    { value: 'automatic', label: 'Who writes to me becomes a contact' },
    { value: 'off', label: 'I add contacts myself' },
  ],
  form: 'automatic|off',
  meaning: 'who writes to you is added to your contacts, or suggested to your client, once',
  expected: '"automatic" or "off"',
  fallback: true,
  parse: (text) => ({ automatic: true, off: false })[text.toLowerCase()],
  format: (on) => (on ? 'automatic' : 'off'),
  tell: (on) => (on ? 'Who writes to you becomes a contact.' : 'You add contacts yourself.'),
  read: (kept) => (typeof kept === 'boolean' ? kept : undefined),
});

const STRANGERS_WORDS: Readonly<Record<Policy, string>> = {
  everybody: 'You take mail from everybody.',
  mark: 'You take mail from everybody; the first mail of somebody new says so.',
  ask: 'You are asked about somebody new before you get the mail.',
  contacts: 'You take mail only from contacts, from those you have written to, and from those you have accepted.',
  verified: 'You take mail only where the sender is verified.',
};

function isPolicy(value: unknown): value is Policy {
  return (POLICIES as readonly unknown[]).includes(value);
}

/** What becomes of the mail of somebody new. */
export const STRANGERS = preference<Policy>({
  name: 'strangers',
  label: 'Mail from strangers',
  kind: 'choice',
  choices: POLICIES.map((value) => ({ value, label: STRANGERS_WORDS[value] })),
  form: POLICIES.join('|'),
  meaning: 'what becomes of the mail of people you do not know',
  expected: `one of ${POLICIES.join(', ')}`,
  fallback: 'everybody',
  parse: (text) => POLICIES.find((policy) => policy === text.toLowerCase()),
  format: (policy) => policy,
  tell: (policy) => STRANGERS_WORDS[policy],
  read: (kept) => (isPolicy(kept) ? kept : undefined),
});

/** In the order of the form. */
export const SETTINGS: readonly Setting[] = [BURST, SIGNATURE, TEXT, CONTACTS, STRANGERS, OFFLINE, QUIET, KEEP];
