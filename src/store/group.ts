/** Conversations of more than two: what one of them answers was said to another of them. */
import { addressKey } from '../addressees.js';
import type { Addressees, Message } from '../message.js';
import type { Db } from './open.js';
import type { Pair } from './rows.js';
import { COLUMNS, type SaidRow } from './said.js';

/** Of what a chat user has in several conversations under the same ids, this much is looked at. */
const MOST_LOOKED_AT = 20;

function prepareStatements(db: Db) {
  const ofSaid = COLUMNS.split(', ').map((column) => `s.${column}`).join(', ');
  return {
    find: db.prepare<[{ chat: string; ids: string }], SaidRow>(
      `SELECT ${ofSaid} FROM json_each(@ids) i CROSS JOIN said s ON s.mail = i.value AND s.addressees IS NOT NULL
       CROSS JOIN pairs p ON p.num = s.pair WHERE p.chat = @chat ORDER BY s.seq DESC LIMIT ${MOST_LOOKED_AT}`,
    ),
    usersToAll: db.prepare<[], string>('SELECT DISTINCT p.chat FROM said s JOIN pairs p ON p.num = s.pair WHERE s.to_all = 1').pluck(),
  };
}

export class Group {
  private readonly sql: ReturnType<typeof prepareStatements>;

  constructor(db: Db) {
    this.sql = prepareStatements(db);
  }

  /**
   * What was said to the chat user, or by him, under one of these Message-IDs, with the mail address among those addressed: who was
   * not cannot hang a mail on it. What the chat user writes himself may go to anybody.
   */
  find({ chat, mail }: Pair, ids: readonly string[], source: Message['source']): SaidRow | undefined {
    const rows = this.sql.find.all({ chat, ids: JSON.stringify(ids) });
    return source === 'xmpp' ? rows[0] : rows.find(({ addressees }) => addressees !== null && isIn(mail, JSON.parse(addressees) as Addressees));
  }

  usersToAll(): string[] {
    return this.sql.usersToAll.all();
  }
}

function isIn(mail: string, { to, cc }: Addressees): boolean {
  return [...to, ...cc].some(({ address }) => addressKey(address) === mail);
}

/**
 * Whom an answer to all would go to, as it is kept: of a mail its author too. A chat user who answers one of them changes nothing;
 * a mail to him alone ends it. While his answers go to all, a mail that anybody may have written does neither: they would go to whom it names.
 */
export function addresseesSaid({ source, sender, senderName, addressees, authenticity }: Message, parent: Pick<SaidRow, 'addressees' | 'to_all'> | undefined): string | null {
  if (parent?.to_all === 1 && authenticity !== 'verified') return parent.addressees;
  if (source === 'xmpp') return addressees === undefined ? (parent?.addressees ?? null) : JSON.stringify(addressees);
  if (addressees === undefined || sender.kind !== 'mail') return null;
  const author = { address: sender, ...(senderName !== undefined && { name: senderName }) };
  const all: Addressees = { to: [author, ...addressees.to], cc: addressees.cc };
  return JSON.stringify(all);
}
