/** Which names may stand before the @ of somebody's own mail address. Pure. */
import { Failure } from '../failure.js';

/** What every form on the web takes; no `+` (aliases), no `%` (users of other domains), no letters that look like others. */
const NAME = /^[a-z0-9](?:[a-z0-9]|[._-](?=[a-z0-9]))*$/;
const SHORTEST = 2;
const LONGEST = 40;

const UNFIT = Failure.permanent('bad-content', `An own address has ${SHORTEST} to ${LONGEST} of a to z, 0 to 9, and single dots, hyphens and underscores inside, and is not a number.`);
const RESERVED_NAME = Failure.permanent('not-allowed', 'This name is kept for the operator, or looks like one that is.');

/** RFC 2142, what mail systems write by, what sounds like the operator, and the words of the command. */
const RESERVED = `
  abuse admin administrator administration billing bounce bounces contact daemon dmarc ftp gateway grant help helpdesk hostmaster info list listserv
  localhost mail mailer-daemon majordomo marketing me moderator news nobody none no-reply noc notifications null office operator owner plain own
  post postmaster refuse register reply root sales security service ssladmin staff support sysadmin system team test trust undisclosed usenet user uucp
  webmaster www xmpp`
  .trim()
  .split(/\s+/);

/** Two names that a hasty reader takes for one have the same. */
export function looks(name: string): string {
  return name
    .replace(/[._-]/g, '')
    .replace(/rn/g, 'm')
    .replace(/vv/g, 'w')
    .replace(/0/g, 'o')
    .replace(/[1i]/g, 'l')
    .replace(/5/g, 's');
}

const RESERVED_LOOKS = new Set(RESERVED.map(looks));

/**
 * @param typed with or without the gateway's domain, in any case
 * @returns the local part; a permanent `bad-content`, or `not-allowed` for a name that is reserved
 */
export function parseOwnName(typed: string, domain: string): string | Failure {
  const text = typed.trim().toLowerCase();
  const name = text.endsWith(`@${domain}`) ? text.slice(0, -domain.length - 1) : text;
  if (name.length < SHORTEST || name.length > LONGEST || !NAME.test(name) || /^[0-9._-]+$/.test(name)) return UNFIT;
  return RESERVED_LOOKS.has(looks(name)) ? RESERVED_NAME : name;
}

/** The names whose users would be mistaken for this one, as far as they can be asked for: itself, without marks, and with letters for digits and back. */
export function mistakable(name: string): readonly string[] {
  const bare = name.replace(/[._-]/g, '');
  const letters = bare.replace(/0/g, 'o').replace(/5/g, 's');
  return [...new Set([name, bare, letters.replace(/1/g, 'l'), letters.replace(/1/g, 'i')])];
}
