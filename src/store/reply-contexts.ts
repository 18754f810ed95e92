/** What a delivery answers, for its outlet to write in its own protocol; the newest are in memory. */
import type { Addressees, ReplyContext } from '../message.js';
import { Bounded } from '../bounded.js';
import { reverseOf } from './rows.js';
import type { OwnRow, SaidRow, SaidStatements } from './said.js';

/** How many are held in memory. */
const MOST_CONTEXTS = 1_000;
/** How many are written into References; RFC 5322 leaves it open. */
const MOST_REFERENCES = 20;
const NO_CONTEXT: ReplyContext = { references: [] };

export class ReplyContexts {
  private readonly contexts = new Bounded<number, ReplyContext>(MOST_CONTEXTS);

  constructor(private readonly sql: SaidStatements) {}

  of(seq: number): ReplyContext {
    return this.contexts.get(seq) ?? this.read(seq);
  }

  /** Of a delivery that is new. */
  hold(seq: number, context: ReplyContext): void {
    this.contexts.set(seq, context);
  }

  /** Rows of the file went away, or are other ones now. */
  forget(): void {
    this.contexts.clear();
  }

  /** By the same author: of the two in a talk, the one who writes from the same world. */
  reactedBefore(seq: number, pair: number, parent: SaidRow | undefined, by: string): readonly string[] {
    const kept = parent && this.sql.reactions.get({ pair, parent: parent.seq, before: seq, by });
    return kept === undefined ? [] : (JSON.parse(kept) as string[]).slice(1);
  }

  /** @param reactedBefore for a reaction: all that its author has reacted with by then */
  answering({ thread, pair, came_by: by }: Pick<OwnRow, 'thread' | 'pair' | 'came_by'>, parent: SaidRow | undefined, reactedBefore: readonly string[] | undefined): ReplyContext {
    const reacted = reactedBefore === undefined ? {} : { reactedBefore };
    if (parent === undefined) return { references: [], thread, ...reacted, ...(by !== null && { cameBy: by }) };
    const answered: { stanza?: string; origin?: string; mail?: string } = {};
    if (parent.stanza !== null) answered.stanza = parent.stanza;
    if (parent.origin !== null && !this.isReverse(pair, parent.pair)) answered.origin = parent.origin;
    if (parent.mail !== null) answered.mail = parent.mail;
    return {
      answered,
      ...(parent.words !== null && { answeredWords: parent.words }),
      ...reacted,
      references: this.referencesTo(parent),
      thread,
      ...(parent.subject !== null && { subject: parent.subject }),
      ...(parent.came_by !== null && { cameBy: parent.came_by }),
      ...(parent.addressees !== null && { addressees: JSON.parse(parent.addressees) as Addressees }),
    };
  }

  private read(seq: number): ReplyContext {
    const own = this.sql.own.get(seq);
    if (own === undefined) return NO_CONTEXT;
    const parent = own.parent === null ? undefined : this.sql.row.get(own.parent);
    const by = own.reactions === null ? undefined : (JSON.parse(own.reactions) as string[])[0];
    return this.answering(own, parent, by === undefined ? undefined : this.reactedBefore(seq, own.pair, parent, by));
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
}
