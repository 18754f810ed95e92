/**
 * Who answered what: every delivery between a chat user and a mail address is a row under that pair, with the row it
 * answers. An id that another pair used is found only by those who were addressed there too (src/store/group.ts), so nobody can
 * hang his message on a stranger's conversation.
 */
import { formatMailAddress, type Address } from '../address.js';
import type { Addressees, Message, ReplyContext, WireIds } from '../message.js';
import { linesLeft, subjectOfLines, titleOfLines } from '../burst-lines.js';
import { topicOf } from '../subject.js';
import { firstWords } from '../words.js';
import { Bounded } from '../bounded.js';
import type { Db } from './open.js';
import { addresseesSaid, Group } from './group.js';
import { bareSubject, indexable, pairOf, reverseOf, type Pair } from './rows.js';

const DAY = 86_400_000;
/** How long a chat message without a word on it still answers what was last said. */
const TALK_WINDOW = 30 * DAY;
/** In-Reply-To and References: how many are looked up, and (RFC 5322 leaves it open) how many are written. */
const MOST_ANSWERS = 100;
const MOST_REFERENCES = 20;
/** Rows that are looked at for them: the lines of a burst are one mail. */
const CHAIN_ROWS = 400;
/** How far back in a pair's talk a chat thread is looked for, and what a message says it answers. */
const THREAD_SPAN = 200;
const ANSWER_SPAN = 1_000;

export interface SaidRow {
  readonly seq: number;
  readonly pair: number;
  readonly at: number;
  readonly stanza: string | null;
  readonly origin: string | null;
  readonly mail: string | null;
  readonly thread: string;
  readonly subject: string | null;
  readonly words: string | null;
  /** JSON of `Addressees`. */
  readonly addressees: string | null;
  readonly to_all: number | null;
  /** As `formatMailAddress` wrote it. */
  readonly came_by: string | null;
}

interface OwnRow {
  readonly pair: number;
  readonly parent: number | null;
  readonly thread: string;
  readonly reactions: string | null;
  readonly came_by: string | null;
}

/** How much is held in memory. */
const MOST_TALKS = 2_000;
const MOST_CONTEXTS = 1_000;

const COLUMNS = 'seq, pair, at, stanza, origin, mail, thread, subject, words, addressees, to_all, came_by';
/** Nothing was said yet. */
const NO_PAIR = -1;
const NO_CONTEXT: ReplyContext = { references: [] };

function prepareStatements(db: Db) {
  const byIds = (column: 'stanza' | 'origin' | 'mail') =>
    db.prepare<[{ pair: number; ids: string }], SaidRow>(
      `SELECT ${COLUMNS} FROM said WHERE pair = @pair AND ${column} IN (SELECT value FROM json_each(@ids))
       AND seq >= COALESCE((SELECT seq FROM said WHERE pair = @pair ORDER BY seq DESC LIMIT 1 OFFSET ${ANSWER_SPAN - 1}), 0)
       ORDER BY seq DESC LIMIT 1`,
    );
  return {
    pair: db.prepare<[string, string], number>('SELECT num FROM pairs WHERE chat = ? AND mail = ?').pluck(),
    write: db.prepare<[number]>('UPDATE pairs SET written = 1 WHERE num = ? AND written IS NULL'),
    pairNames: db.prepare<[number], Pair>('SELECT chat, mail FROM pairs WHERE num = ?'),
    addPair: db.prepare<[string, string]>('INSERT INTO pairs (chat, mail) VALUES (?, ?)'),
    add: db.prepare<[SaidRow & { parent: number | null; reactions: string | null }]>(
      `INSERT INTO said (seq, pair, parent, at, stanza, origin, mail, thread, subject, words, addressees, to_all, came_by, reactions)
       VALUES (@seq, @pair, @parent, @at, @stanza, @origin, @mail, @thread, @subject, @words, @addressees, @to_all, @came_by, @reactions)`,
    ),
    byStanza: byIds('stanza'),
    byOrigin: byIds('origin'),
    byMail: byIds('mail'),
    latest: db.prepare<[number], SaidRow>(`SELECT ${COLUMNS} FROM said WHERE pair = ? AND reactions IS NULL ORDER BY seq DESC LIMIT 1`),
    latestMailed: db.prepare<[number], SaidRow>(
      `SELECT ${COLUMNS} FROM (SELECT ${COLUMNS}, reactions FROM said WHERE pair = ? ORDER BY seq DESC LIMIT ${THREAD_SPAN})
       WHERE origin IS NULL AND reactions IS NULL ORDER BY seq DESC LIMIT 1`,
    ),
    latestOfThread: db.prepare<[number, string], SaidRow>(
      `SELECT ${COLUMNS} FROM (SELECT ${COLUMNS}, reactions FROM said WHERE pair = ? ORDER BY seq DESC LIMIT ${THREAD_SPAN})
       WHERE thread = ? AND reactions IS NULL ORDER BY seq DESC LIMIT 1`,
    ),
    own: db.prepare<[number], OwnRow>('SELECT pair, parent, thread, reactions, came_by FROM said WHERE seq = ?'),
    reactions: db
      .prepare<[{ pair: number; parent: number; before: number; by: string }], string>(
        `SELECT reactions FROM said WHERE pair = @pair AND parent = @parent AND seq > @parent AND seq < @before
         AND json_extract(reactions, '$[0]') = @by ORDER BY seq DESC LIMIT 1`,
      )
      .pluck(),
    unmail: db.prepare<[number]>('UPDATE said SET mail = NULL WHERE seq = ?'),
    retitle: db.prepare<[{ subject: string | null; pair: number; first: number; last: number; old: string | null }]>(
      'UPDATE said SET subject = @subject WHERE pair = @pair AND seq BETWEEN @first AND @last AND subject IS @old',
    ),
    mark: db.prepare<[number, number]>('UPDATE said SET to_all = ? WHERE seq = ?'),
    row: db.prepare<[number], SaidRow>(`SELECT ${COLUMNS} FROM said WHERE seq = ?`),
    chain: db
      .prepare<[number], string>(
        `WITH RECURSIVE chain (parent, mail, depth) AS (
           SELECT parent, mail, 1 FROM said WHERE seq = ?
           UNION ALL
           SELECT s.parent, s.mail, depth + 1 FROM chain c JOIN said s ON s.seq = c.parent WHERE depth < ${CHAIN_ROWS}
         ) SELECT mail FROM chain WHERE mail IS NOT NULL ORDER BY depth DESC`,
      )
      .pluck(),
  };
}

/** A conversation's two sides, and what was last said in it. */
interface Talk {
  readonly pair: number;
  latest: SaidRow | undefined;
  /** It is noted that the chat user has written. */
  written?: true;
}

export class Conversations {
  private readonly sql: ReturnType<typeof prepareStatements>;
  /** What was just said is most often what is answered next. */
  private readonly talks = new Bounded<string, Talk>(MOST_TALKS);
  private readonly contexts = new Bounded<number, ReplyContext>(MOST_CONTEXTS);

  private readonly group: Group;

  constructor(db: Db) {
    this.sql = prepareStatements(db);
    this.group = new Group(db, COLUMNS);
  }

  /** Rows of the file went away: by a rollback, or for their age. */
  forget(): void {
    this.talks.clear();
    this.contexts.clear();
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
    const parent = this.parentOf(names, talk, message, shared);
    const goesOn = parent ?? this.lastBetweenUsers(names, talk, message);
    const thread = indexable(message.thread) ?? goesOn?.thread ?? message.id;
    const subject = bareSubject(message.subject) ?? parent?.subject ?? bareSubject(message.title) ?? null;
    const before = message.reactions && this.reactedBefore(seq, talk.pair, parent, message.source);
    const words = firstWords(message.text) || null;
    const toAll = message.toAll === undefined ? (parent?.to_all ?? null) : Number(message.toAll);
    // Who answers the mail answers a line of it, not what changed one.
    const changes = burst !== undefined && message.change !== undefined;
    const shownAs = burst === undefined ? {} : { mail: changes ? null : (this.sql.row.get(burst)?.mail ?? null) };
    const said: SaidRow = { seq, pair: talk.pair, at: message.acceptedAt, ...idsOf(message, names), ...shownAs, thread, subject, words, addressees: addresseesSaid(message, parent), to_all: toAll, came_by: cameBy(message, goesOn ?? this.lastBetween(names, talk, message)) };
    this.sql.add.run({ ...said, parent: parent?.seq ?? null, reactions: reactionsOf(message, before) });
    if (before === undefined && !changes) talk.latest = said;
    this.contexts.set(seq, this.contextFor({ thread, pair: talk.pair, came_by: said.came_by }, parent, before));
  }

  /** Who was written to is no stranger (src/store/correspondents.ts). */
  private noteWritten(talk: Talk): void {
    if (talk.written !== true) this.sql.write.run(talk.pair);
    talk.written = true;
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
    return this.contexts.get(seq) ?? this.readContext(seq);
  }

  /** What a message to several answers: it is one message, whichever of them that was said to. */
  sharedParent(message: Message, recipients: readonly Address[]): SharedParent | undefined {
    for (const recipient of recipients) {
      const names = pairOf(message, recipient);
      const pair = names && this.sql.pair.get(names.chat, names.mail);
      if (names === undefined || pair === undefined) continue;
      const row = this.named(pair, message) ?? (message.thread === undefined ? undefined : this.sql.latestOfThread.get(pair, message.thread));
      if (row !== undefined) return { chat: names.chat, row };
    }
    return undefined;
  }

  /** What a chat message would answer now. @param toAll what the conversation's answers are to do from now on */
  talking(message: Message, recipient: Address, toAll?: boolean): Talking | undefined {
    const names = pairOf(message, recipient);
    if (names === undefined) return undefined;
    const pair = this.sql.pair.get(names.chat, names.mail) ?? NO_PAIR;
    const parent = this.parentOf(names, { pair, latest: this.sql.latest.get(pair) }, message);
    if (parent === undefined) return undefined;
    if (toAll !== undefined) {
      this.sql.mark.run(Number(toAll), parent.seq);
      this.forget();
    }
    const { answered = {}, addressees } = this.contextFor({ thread: parent.thread, pair, came_by: null }, parent, undefined);
    return { answered, toAll: toAll ?? parent.to_all === 1, ...(addressees !== undefined && { addressees }) };
  }

  /** Bare JIDs of the chat users who have a conversation whose answers go to all. */
  usersToAll(): string[] {
    return this.group.usersToAll();
  }

  private readContext(seq: number): ReplyContext {
    const own = this.sql.own.get(seq);
    if (own === undefined) return NO_CONTEXT;
    const parent = own.parent === null ? undefined : this.sql.row.get(own.parent);
    const by = own.reactions === null ? undefined : (JSON.parse(own.reactions) as string[])[0];
    return this.contextFor(own, parent, by === undefined ? undefined : this.reactedBefore(seq, own.pair, parent, by));
  }

  /** By the same author: of the two in a talk, the one who writes from the same world. */
  private reactedBefore(seq: number, pair: number, parent: SaidRow | undefined, by: string): readonly string[] {
    const kept = parent && this.sql.reactions.get({ pair, parent: parent.seq, before: seq, by });
    return kept === undefined ? [] : (JSON.parse(kept) as string[]).slice(1);
  }

  private contextFor({ thread, pair, came_by: by }: Pick<OwnRow, 'thread' | 'pair' | 'came_by'>, parent: SaidRow | undefined, reactedBefore: readonly string[] | undefined): ReplyContext {
    const reacted = reactedBefore === undefined ? {} : { reactedBefore };
    if (parent === undefined) return { references: [], thread, ...reacted, ...(by !== null && { cameBy: by }) };
    return {
      answered: {
        ...(parent.stanza !== null && { stanza: parent.stanza }),
        ...(parent.origin !== null && !this.isReverse(pair, parent.pair) && { origin: parent.origin }),
        ...(parent.mail !== null && { mail: parent.mail }),
      },
      ...(parent.words !== null && { answeredWords: parent.words }),
      ...reacted,
      references: this.referencesTo(parent),
      thread,
      ...(parent.subject !== null && { subject: parent.subject }),
      ...(parent.came_by !== null && { cameBy: parent.came_by }),
      ...(parent.addressees !== null && { addressees: JSON.parse(parent.addressees) as Addressees }),
    };
  }

  /** The message answered was written by the chat user who now reads the answer: it has the id that his client gave it. */
  private isReverse(pair: number, other: number): boolean {
    if (pair === other) return false;
    const names = this.sql.pairNames.get(pair);
    const reverse = names && reverseOf(names);
    return reverse !== undefined && this.sql.pair.get(reverse.chat, reverse.mail) === other;
  }

  private referencesTo({ seq, mail }: SaidRow): readonly string[] {
    const before = this.contexts.get(seq)?.references;
    const all = before === undefined ? this.sql.chain.all(seq) : mail === null ? before : [...before, mail];
    return [...new Set(all)].slice(-MOST_REFERENCES);
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

  /** A message to several goes on with nothing that only one of them has said: what it answers must be named. */
  private parentOf(names: Pair, talk: Talk, message: Message, shared?: SharedParent): SaidRow | undefined {
    const reverse = this.reverseTalk(names);
    const named = (talk.latest && this.named(talk.pair, message)) ?? (reverse && this.named(reverse.pair, message));
    if (named !== undefined) return named;
    if (shared?.chat === names.chat) return shared.row;
    const ids = [...(typeof shared?.row.mail === 'string' ? [shared.row.mail] : []), ...mailsOf(message)];
    const grouped = ids.length === 0 ? undefined : this.group.find(names, ids, message.source);
    if (grouped !== undefined) return grouped;
    const talks = message.source === 'xmpp' && message.reactions === undefined && message.addressees === undefined;
    if (message.forwardedFor !== undefined) return this.lastMailed(talk, reverse, message);
    return talks && talk.latest !== undefined && reverseOf(names) === undefined ? this.implied(talk.latest, message) : undefined;
  }

  /** Of what one chat user had from another, and answered, a mailbox knows only what went there or came from there. */
  private lastMailed(talk: Talk, reverse: Talk | undefined, message: Message): SaidRow | undefined {
    const latest = laterOf(this.sql.latestMailed.get(talk.pair), reverse && this.sql.latestMailed.get(reverse.pair));
    return latest && this.implied(latest, message);
  }

  /** In chat that goes on without a word on it, nobody is shown what is answered: it is the line above. */
  private lastBetweenUsers(names: Pair, talk: Talk, message: Message): SaidRow | undefined {
    const latest = reverseOf(names) === undefined ? undefined : this.lastBetween(names, talk, message);
    return latest && this.implied(latest, message);
  }

  /** Whatever thread or subject it has, and however long ago it was said: who was written to by an alias or a number does not go on by his name. */
  private lastBetween(names: Pair, talk: Talk, message: Message): SaidRow | undefined {
    return message.addressees === undefined ? laterOf(talk.latest, this.reverseTalk(names)?.latest) : undefined;
  }

  /** What a chat user has written to the other; nothing between chat and mail, whose talk is kept in one. */
  private reverseTalk(names: Pair): Talk | undefined {
    const reverse = reverseOf(names);
    const pair = reverse && this.sql.pair.get(reverse.chat, reverse.mail);
    return pair === undefined ? undefined : { pair, latest: this.sql.latest.get(pair) };
  }

  /** The message that the new one says it answers: of several, the one said last. One look, however many it names. */
  private named(pair: number, message: Message): SaidRow | undefined {
    const stanza = message.answers?.stanza;
    if (stanza !== undefined) {
      const one = { pair, ids: JSON.stringify([stanza]) };
      const row = this.sql.byOrigin.get(one) ?? this.sql.byStanza.get(one);
      if (row !== undefined) return row;
    }
    const mails = mailsOf(message);
    return mails.length === 0 ? undefined : this.sql.byMail.get({ pair, ids: JSON.stringify(mails) });
  }

  /** A chat goes on where it was, unless the client says otherwise with another thread or subject. */
  private implied(latest: SaidRow, { thread, subject, acceptedAt }: Message): SaidRow | undefined {
    const row = thread === undefined || thread === latest.thread ? latest : this.sql.latestOfThread.get(latest.pair, thread);
    if (row === undefined || row.at < acceptedAt - TALK_WINDOW) return undefined;
    const topic = bareSubject(subject);
    return topic === undefined || (row.subject !== null && topicOf(topic) === topicOf(row.subject)) ? row : undefined;
  }
}

/** The conversation that a chat message goes on with. */
export interface Talking {
  /** What it answers. */
  readonly answered: WireIds;
  /** As in `ReplyContext`. */
  readonly addressees?: Addressees;
  /** Answers go to all of them. */
  readonly toAll: boolean;
}

/** What a message to several answers, and the chat user with whom that was said. */
export interface SharedParent {
  readonly chat: string;
  readonly row: SaidRow;
}

function laterOf(one: SaidRow | undefined, other: SaidRow | undefined): SaidRow | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one.seq > other.seq ? one : other;
}

/** The mail that was last says it, or the chat message to a number; what a chat user writes, from his mailbox too, goes on by it. */
function cameBy({ source, sender, cameBy: address }: Message, goesOn: SaidRow | undefined): string | null {
  if (address !== undefined) return formatMailAddress(address);
  return source === 'mail' && sender.kind === 'mail' ? null : (goesOn?.came_by ?? null);
}

function mailsOf({ answers }: Message): readonly string[] {
  return answers?.mail?.slice(0, MOST_ANSWERS) ?? [];
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
