/** Finds what a message answers: what it names, or else what was last said. */
import type { Address } from '../address.js';
import type { Message } from '../message.js';
import { topicOf } from '../subject.js';
import type { Group } from './group.js';
import { bareSubject, pairOf, reverseOf, type Pair } from './rows.js';
import type { SaidRow, SaidStatements } from './said.js';

const DAY = 86_400_000;
/** How long a chat message without a word on it still answers what was last said. */
const TALK_WINDOW = 30 * DAY;
/** How many of In-Reply-To and References are looked up. */
const MOST_ANSWERS = 100;

/** A conversation's two sides, and what was last said in it. */
export interface Talk {
  readonly pair: number;
  latest: SaidRow | undefined;
  /** It is noted that the chat user has written. */
  written?: true;
}

/** What a message to several answers, and the chat user with whom that was said. */
export interface SharedParent {
  readonly chat: string;
  readonly row: SaidRow;
}

export class Answered {
  constructor(
    private readonly sql: SaidStatements,
    private readonly group: Group,
  ) {}

  /** What a message to several answers: it is one message, whichever of them that was said to. */
  shared(message: Message, recipients: readonly Address[]): SharedParent | undefined {
    for (const recipient of recipients) {
      const names = pairOf(message, recipient);
      const pair = names && this.sql.pair.get(names.chat, names.mail);
      if (names === undefined || pair === undefined) continue;
      const row = this.named(pair, message) ?? (message.thread === undefined ? undefined : this.sql.latestOfThread.get(pair, message.thread));
      if (row !== undefined) return { chat: names.chat, row };
    }
    return undefined;
  }

  /** A message to several goes on with nothing that only one of them has said: what it answers must be named. */
  of(names: Pair, talk: Talk, message: Message, shared?: SharedParent): SaidRow | undefined {
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
  lastBetweenUsers(names: Pair, talk: Talk, message: Message): SaidRow | undefined {
    const latest = reverseOf(names) === undefined ? undefined : this.lastBetween(names, talk, message);
    return latest && this.implied(latest, message);
  }

  /** Whatever thread or subject it has, and however long ago it was said: who was written to by an alias or a number does not go on by his name. */
  lastBetween(names: Pair, talk: Talk, message: Message): SaidRow | undefined {
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

function laterOf(one: SaidRow | undefined, other: SaidRow | undefined): SaidRow | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one.seq > other.seq ? one : other;
}

function mailsOf({ answers }: Message): readonly string[] {
  return answers?.mail?.slice(0, MOST_ANSWERS) ?? [];
}
