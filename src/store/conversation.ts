/**
 * Who answered what: every delivery between a chat user and a mail address is a row under that pair, with the row it
 * answers. An id that another pair used is found only by those who were addressed there too (src/store/group.ts), so nobody can
 * hang his message on a stranger's conversation.
 */
import { formatMailAddress, type Address } from '../address.js';
import type { Addressees, Message, ReplyContext, WireIds } from '../message.js';
import { linesLeft, subjectOfLines, titleOfLines } from '../burst-lines.js';
import { firstWords } from '../words.js';
import { Bounded } from '../bounded.js';
import { Answered, type SharedParent, type Talk } from './answered.js';
import type { Db } from './open.js';
import { addresseesSaid, Group } from './group.js';
import { bareSubject, indexable, pairOf, reverseOf, type Pair } from './rows.js';
import { ReplyContexts } from './reply-contexts.js';
import { saidStatements, type SaidRow, type SaidStatements } from './said.js';

/** How many pairs' last words are held in memory. */
const MOST_TALKS = 2_000;
/** Nothing was said yet. */
const NO_PAIR = -1;

/** The conversation that a chat message goes on with. */
export interface Talking {
  /** What it answers. */
  readonly answered: WireIds;
  /** As in `ReplyContext`. */
  readonly addressees?: Addressees;
  /** Answers go to all of them. */
  readonly toAll: boolean;
}

export class Conversations {
  private readonly sql: SaidStatements;
  private readonly group: Group;
  private readonly answered: Answered;
  private readonly contexts: ReplyContexts;
  /** What was just said is most often what is answered next. */
  private readonly talks = new Bounded<string, Talk>(MOST_TALKS);

  constructor(db: Db) {
    this.sql = saidStatements(db);
    this.group = new Group(db);
    this.answered = new Answered(this.sql, this.group);
    this.contexts = new ReplyContexts(this.sql);
  }

  /** Rows of the file went away: by a rollback, or for their age. */
  forget(): void {
    this.talks.clear();
    this.contexts.forget();
  }

  /**
   * Notes a new delivery and what it answers, which stays the same through all its tries.
   * @param burst the first delivery of its burst: their mail has that one's Message-ID
   */
  add(seq: number, message: Message, recipient: Address, { shared, burst }: { shared?: SharedParent | undefined; burst?: number | undefined } = {}): void {
    const names = pairOf(message, recipient);
    if (names === undefined || message.change?.kind === 'retraction') return;
    const talk = this.talkOf(names);
    if (message.source === 'xmpp' && message.sender.kind === 'jid' && recipient.kind === 'mail' && message.forwardedFor === undefined) this.noteWritten(talk);
    const parent = this.answered.of(names, talk, message, shared);
    const goesOn = parent ?? this.answered.lastBetweenUsers(names, talk, message);
    const thread = indexable(message.thread) ?? goesOn?.thread ?? message.id;
    const subject = bareSubject(message.subject) ?? parent?.subject ?? bareSubject(message.title) ?? null;
    const before = message.reactions && this.contexts.reactedBefore(seq, talk.pair, parent, message.source);
    const words = firstWords(message.text) || null;
    const toAll = message.toAll === undefined ? (parent?.to_all ?? null) : Number(message.toAll);
    // Who answers the mail answers a line of it, not what changed one.
    const changes = burst !== undefined && message.change !== undefined;
    const shownAs = burst === undefined ? {} : { mail: changes ? null : (this.sql.row.get(burst)?.mail ?? null) };
    const said: SaidRow = { seq, pair: talk.pair, at: message.acceptedAt, ...idsOf(message, names), ...shownAs, thread, subject, words, addressees: addresseesSaid(message, parent), to_all: toAll, came_by: cameBy(message, goesOn ?? this.answered.lastBetween(names, talk, message)) };
    this.sql.add.run({ parent: parent?.seq ?? null, reactions: reactionsOf(message, before), ...said });
    if (before === undefined && !changes) talk.latest = said;
    this.contexts.hold(seq, this.contexts.answering({ thread, pair: talk.pair, came_by: said.came_by }, parent, before));
  }

  /** This delivery is in no mail: it was taken back before one went. */
  unmail(seq: number): void {
    this.sql.unmail.run(seq);
    this.forget();
  }

  /**
   * A burst that now goes out has the subject of what is left of it: a line that was corrected or taken back names nothing.
   * @param lines all of them, in order
   */
  retitle({ first, last }: { first: number; last: number }, lines: readonly Message[]): void {
    const own = this.sql.own.get(first);
    const old = this.sql.row.get(first)?.subject;
    if (own === undefined || own.reactions !== null || old === undefined) return;
    const left = linesLeft(lines);
    const parent = own.parent === null ? undefined : this.sql.row.get(own.parent);
    const subject = bareSubject(subjectOfLines(left)) ?? parent?.subject ?? bareSubject(titleOfLines(left)) ?? null;
    if (subject === old) return;
    this.sql.retitle.run({ subject, pair: own.pair, first, last, old });
    this.forget();
  }

  /** What the delivery answers, for its outlet to write in its own protocol. */
  contextOf(seq: number): ReplyContext {
    return this.contexts.of(seq);
  }

  /** @see Answered.shared */
  sharedParent(message: Message, recipients: readonly Address[]): SharedParent | undefined {
    return this.answered.shared(message, recipients);
  }

  /** What a chat message would answer now. @param toAll what the conversation's answers are to do from now on */
  talking(message: Message, recipient: Address, toAll?: boolean): Talking | undefined {
    const names = pairOf(message, recipient);
    if (names === undefined) return undefined;
    const pair = this.sql.pair.get(names.chat, names.mail) ?? NO_PAIR;
    const parent = this.answered.of(names, { pair, latest: this.sql.latest.get(pair) }, message);
    if (parent === undefined) return undefined;
    if (toAll !== undefined) {
      this.sql.mark.run(Number(toAll), parent.seq);
      this.forget();
    }
    const { answered = {}, addressees } = this.contexts.answering({ thread: parent.thread, pair, came_by: null }, parent, undefined);
    return { answered, toAll: toAll ?? parent.to_all === 1, ...(addressees !== undefined && { addressees }) };
  }

  /** Bare JIDs of the chat users who have a conversation whose answers go to all. */
  usersToAll(): string[] {
    return this.group.usersToAll();
  }

  /** Who was written to is no stranger (src/store/correspondents.ts). */
  private noteWritten(talk: Talk): void {
    if (talk.written !== true) this.sql.write.run(talk.pair);
    talk.written = true;
  }

  private talkOf(names: Pair): Talk {
    const key = `${names.chat}\n${names.mail}`;
    const held = this.talks.get(key);
    if (held !== undefined) return held;
    const known = this.sql.pair.get(names.chat, names.mail);
    const pair = known ?? Number(this.sql.addPair.run(names.chat, names.mail).lastInsertRowid);
    const talk: Talk = { pair, latest: known === undefined ? undefined : this.sql.latest.get(pair) };
    this.talks.set(key, talk);
    return talk;
  }
}

/** The mail that was last says it, or the chat message to a number; what a chat user writes, from his mailbox too, goes on by it. */
function cameBy({ source, sender, cameBy: address }: Message, goesOn: SaidRow | undefined): string | null {
  if (address !== undefined) return formatMailAddress(address);
  return source === 'mail' && sender.kind === 'mail' ? null : (goesOn?.came_by ?? null);
}

/** A chat user sets them anew each time; a mail adds. */
function reactionsOf({ source, reactions }: Message, before: readonly string[] | undefined): string | null {
  if (reactions === undefined) return null;
  const all = source === 'xmpp' ? reactions : [...(before ?? []), ...reactions];
  return JSON.stringify([source, ...new Set(all)]);
}

/** Between two chat users the one who reads it knows it by our id, and its writer by his own; what goes by mail has no other id. */
function idsOf({ id, ids: { stanza, origin, mail }, source, forwardedFor }: Message, names: Pair): Pick<SaidRow, 'stanza' | 'origin' | 'mail'> {
  if (forwardedFor !== undefined) return { stanza: indexable(origin ?? stanza), origin: null, mail: indexable(mail) };
  if (source === 'xmpp' && reverseOf(names) !== undefined) return { stanza: indexable(origin ?? stanza), origin: id, mail: indexable(mail) };
  return { stanza: indexable(stanza), origin: indexable(origin), mail: indexable(mail) };
}
