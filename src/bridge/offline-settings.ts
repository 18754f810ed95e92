/** What a chat user can set about the time in which he is away. */
import { preference } from './preference.js';
import { formatQuietHours, parseQuietHours, type QuietHours } from './quiet-hours.js';

export const POLICIES = ['auto', 'hold', 'pass', 'mailbox', 'refuse'] as const;
export type OfflinePolicy = (typeof POLICIES)[number];

const MEANINGS: Readonly<Record<OfflinePolicy, string>> = {
  auto: 'While you are offline, what other chat users write to your contact here goes to your mailbox; all else, and all of it without a mailbox, waits here until you are back.',
  hold: 'Messages wait here until you are seen online.',
  pass: 'Messages are handed to your chat server at once, which keeps them as it does with others.',
  mailbox: 'While you are offline, messages go to your mailbox; without one they wait here.',
  refuse: 'While you are offline, messages are refused.',
};

/** What becomes of messages while the user is away. */
export const OFFLINE = preference<OfflinePolicy>({
  name: 'offline',
  label: 'Messages while you are offline',
  kind: 'choice',
  choices: POLICIES.map((value) => ({ value, label: MEANINGS[value] })),
  form: POLICIES.join('|'),
  meaning: 'what becomes of messages while you are offline',
  expected: `one of ${POLICIES.join(', ')}`,
  fallback: 'auto',
  parse: (text) => policyOf(text.toLowerCase()),
  format: (policy) => policy,
  tell: (policy) => MEANINGS[policy],
  read: (kept) => (typeof kept === 'string' ? policyOf(kept) : undefined),
});

function policyOf(text: string): OfflinePolicy | undefined {
  return POLICIES.find((policy) => policy === text);
}

const NEVER = 'off';

/** Hours in which messages wait though the user is online; `off` for none. */
export const QUIET = preference<QuietHours | typeof NEVER>({
  name: 'quiet',
  label: 'Quiet hours',
  kind: 'text',
  form: 'HH:MM-HH:MM ZONE',
  meaning: 'messages wait during these hours though you are online, such as "quiet 22:00-07:00 Europe/Berlin"; "quiet off" ends that',
  expected: 'two times and a time zone, such as "22:00-07:00 Europe/Berlin", or "off"',
  fallback: NEVER,
  parse: (text) => (text.toLowerCase() === NEVER ? NEVER : parseQuietHours(text)),
  format: (hours) => (hours === NEVER ? NEVER : formatQuietHours(hours)),
  tell: (hours) => (hours === NEVER ? 'You have no quiet hours.' : `Messages wait from ${formatQuietHours(hours).replace('-', ' to ')}.`),
  read: (kept) => (kept === NEVER ? NEVER : typeof kept === 'string' ? parseQuietHours(kept) : isQuietHours(kept) ? kept : undefined),
});

function isQuietHours(kept: unknown): kept is QuietHours {
  const hours = kept as Partial<QuietHours> | null;
  return typeof hours === 'object' && typeof hours?.from === 'number' && typeof hours.to === 'number' && typeof hours.zone === 'string';
}

const DAY = 86_400_000;
const MOST_DAYS = 90;

/** For how long messages wait, ms. */
export const KEEP = preference<number>({
  name: 'keep',
  label: 'Days for which messages wait for you',
  kind: 'text',
  form: 'DAYS',
  meaning: 'for how many days messages wait for you; then their senders are told that you did not get them',
  expected: `a number of days from 1 to ${MOST_DAYS}`,
  fallback: 14 * DAY,
  parse: (text) => {
    const days = /^\d{1,2}$/.test(text) ? Number(text) : 0;
    return days >= 1 && days <= MOST_DAYS ? days * DAY : undefined;
  },
  format: (ms) => String(ms / DAY),
  tell: (ms) => `Messages wait for you for ${ms / DAY} days.`,
  read: (kept) => (typeof kept === 'number' && kept > 0 ? kept : undefined),
});
