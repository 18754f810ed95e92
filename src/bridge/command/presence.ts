/** What a user lets be published of his presence on the web: by lines of chat, and by one form that shows and sets all of it. */
import { formatBareJid, type Jid } from '../../address.js';
import type { Field, Values } from '../../edge.js';
import { Failure, isFailure } from '../../failure.js';
import { AUDIENCES, FACETS, type Publication } from '../../presence/publication.js';
import type { Publications } from '../../presence/publications.js';
import type { Contact } from '../../presence/view.js';
import type { Command } from '../command.js';
import type { Preferences } from '../preferences.js';
import { canonical, editOf, facetsIn, MOST_NAMED, oneOf, TOO_MANY, valuesOf, type Edit, type HasKey, type Named } from '../presence-edit.js';
import { audienceLines, AUDIENCE_WORDS, FACET_WORDS, NO_WEB, presenceLines, shownLine, sitesLine, writeLine, type PresenceFacts } from '../presence-lines.js';
import { STRANGERS } from '../settings.js';

export interface PresenceCommandParts {
  readonly publications: Pick<Publications, 'ofUser' | 'change'>;
  /** Without a slash at its end; undefined where nothing is served. */
  readonly publicUrl: string | undefined;
  readonly preferences: Pick<Preferences, 'get'>;
  readonly hasKey: HasKey;
  readonly contactOf: (user: Jid) => Contact;
  /** Does the gateway see whether he is online? */
  readonly isSeen: (user: Jid) => boolean;
  readonly gateway: string;
}

const NOT_ON: Failure = Failure.permanent('not-allowed', NO_WEB);

const ON_OFF: Field = { name: 'write', label: 'Strangers may write to you', kind: 'choice', choices: [{ value: 'on', label: 'On' }, { value: 'off', label: 'Off' }], required: true };
const ADD_REMOVE: Field = { name: 'what', label: 'Add or remove', kind: 'choice', choices: [{ value: 'add', label: 'Add' }, { value: 'remove', label: 'Remove' }], required: true };

export function presenceCommands(parts: PresenceCommandParts): readonly Command[] {
  return [whole(parts), show(parts), write(parts), named(parts, 'site', 'origins', 'ORIGIN', 'Web site, such as https://example.org'), named(parts, 'key', 'keys', 'NAME', 'Name of an API key')];
}

function whole(parts: PresenceCommandParts): Command {
  return {
    name: 'presence',
    audience: 'users',
    title: 'Your presence on the web',
    form: `[${AUDIENCES.join('|')}|link new]`,
    meaning: 'who sees on the web whether you are online: nobody; who has your link, which nobody can guess and "link new" replaces; your link on sites that you name; everybody',
    fields: [
      { name: 'audience', label: 'Who sees on the web whether you are online', kind: 'choice', choices: AUDIENCES.map((value) => ({ value, label: AUDIENCE_WORDS[value] })) },
      ...FACETS.map((facet): Field => ({ name: facet, label: `Show: ${FACET_WORDS[facet]}`, kind: 'flag' })),
      { name: 'write', label: 'Strangers may write to me: who sees me is told my address', kind: 'flag' },
      { name: 'sites', label: 'Web sites, one a line, such as https://example.org', kind: 'lines' },
      { name: 'keys', label: 'API keys, one a line', kind: 'lines' },
      { name: 'new', label: 'Replace my link: the one before shows nothing any more', kind: 'flag' },
    ],
    read: inChat,
    values: (user) => valuesOf(parts.publications.ofUser(formatBareJid(user))),
    run: async (user, values) => {
      const before = parts.publications.ofUser(formatBareJid(user));
      const edit = await editOf(values, parts.hasKey, before);
      if (isFailure(edit)) return edit;
      if (edit === undefined) return presenceLines(factsOf(user, parts)).join('\n');
      const changed = await change(user, edit, parts);
      if (isFailure(changed)) return changed;
      const isLink = values.new === 'true' && before !== undefined ? ['The link that you had shows nothing any more.'] : [];
      const facts = factsOf(user, parts);
      return [...isLink, ...(Object.keys(values).length > 1 ? presenceLines(facts) : audienceLines(facts))].join('\n');
    },
  };
}

/** What stands behind `presence`; a word that is no audience is refused with those that are. */
function inChat(rest: string): Values {
  if (/^link\s+new$/i.test(rest)) return { new: 'true' };
  return rest === '' ? {} : { audience: rest };
}

function show(parts: PresenceCommandParts): Command {
  const label = `Any of ${FACETS.join(', ')}; all; nothing`;
  return {
    name: 'presence show',
    audience: 'users',
    title: 'What is shown of your presence',
    form: `${FACETS.join('|')}|all|nothing`,
    meaning: 'what is shown besides online or offline, such as "presence show name status"',
    fields: [{ name: 'what', label, kind: 'text' }],
    values: (user) => ({ what: parts.publications.ofUser(formatBareJid(user))?.shown.join(' ') ?? '' }),
    run: async (user, { what }) => {
      const shown = facetsIn(what);
      if (shown === undefined) return Failure.permanent('bad-content', `Write "presence show" and ${label.toLowerCase()}.`);
      const changed = await change(user, (before) => ({ ...before, shown }), parts);
      return isFailure(changed) ? changed : [shownLine(changed), ...notYet(changed)].join('\n');
    },
  };
}

function write(parts: PresenceCommandParts): Command {
  return {
    name: 'presence write',
    audience: 'users',
    title: 'Strangers who see your presence may write to you',
    form: 'on|off',
    meaning: 'whether those who see your presence are told how to write to you',
    fields: [ON_OFF],
    values: (user) => ({ write: parts.publications.ofUser(formatBareJid(user))?.write === true ? 'on' : 'off' }),
    run: async (user, values) => {
      const changed = await change(user, (before) => ({ ...before, write: values.write === 'on' }), parts);
      return isFailure(changed) ? changed : [writeLine(factsOf(user, parts)), ...notYet(changed)].join('\n');
    },
  };
}

function named(parts: PresenceCommandParts, word: 'site' | 'key', list: Named, form: string, label: string): Command {
  return {
    name: `presence ${word}`,
    audience: 'users',
    title: word === 'site' ? 'Web sites that may show your presence' : 'API keys that may ask for your presence',
    form: `add|remove ${form}`,
    meaning: word === 'site' ? 'a web site that may show your presence, such as https://example.org' : 'an API key, by its name, whose holder may ask for your presence',
    fields: [ADD_REMOVE, { name: 'which', label, kind: 'text', required: true }],
    run: async (user, { what, which = '' }) => {
      const name = what === 'add' ? await oneOf(list, which, parts.hasKey) : (canonical(list, which) ?? which.trim());
      if (isFailure(name)) return name;
      const before = parts.publications.ofUser(formatBareJid(user))?.[list] ?? [];
      if (what === 'remove' && !before.includes(name)) return Failure.permanent('bad-content', `${name} is not named. "presence" tells which are.`);
      const changed = await change(user, (now) => ({ ...now, [list]: what === 'add' ? withName(now[list], name) : now[list].filter((one) => one !== name) }), parts);
      if (isFailure(changed)) return changed;
      return what === 'add' && !changed[list].includes(name) ? TOO_MANY : sitesLine(changed);
    },
  };
}

/** As they are, where there are too many: also when it is made anew of what the store has kept. */
function withName(names: readonly string[], name: string): readonly string[] {
  const others = names.filter((one) => one !== name);
  return others.length < MOST_NAMED ? [...others, name] : names;
}

function notYet({ audience }: Publication): readonly string[] {
  return audience === 'nobody' ? ['Your presence is published to nobody; "presence link" publishes it.'] : [];
}

/** Where nothing is served, nothing may become public one day without another word of the user's; what is public then may be withdrawn. */
async function change(user: Jid, edit: Edit, { publications, publicUrl }: PresenceCommandParts): Promise<Publication | Failure> {
  const name = formatBareJid(user);
  if (publicUrl !== undefined) return publications.change(name, edit);
  const before = publications.ofUser(name);
  if (before === undefined || before.audience === 'nobody' || edit(before).audience !== 'nobody') return NOT_ON;
  return publications.change(name, (now) => ({ ...now, audience: 'nobody' }));
}

function factsOf(user: Jid, { publications, publicUrl, preferences, contactOf, isSeen, gateway }: PresenceCommandParts): PresenceFacts {
  return { publication: publications.ofUser(formatBareJid(user)), publicUrl, contact: contactOf(user), strangers: preferences.get(STRANGERS, user), isSeen: isSeen(user), gateway };
}
