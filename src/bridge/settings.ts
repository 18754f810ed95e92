/** All that each chat user can set, each thing once. */
import { preference, type Setting } from './preference.js';

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

/** In the order of the form. */
export const SETTINGS: readonly Setting[] = [BURST, CONTACTS];
