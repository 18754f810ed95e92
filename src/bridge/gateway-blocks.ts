/**
 * Whom administrators have shut out for everybody: nobody takes mail from there, nobody writes there, and a chat user among them neither
 * writes nor gets anything. In memory, since every RCPT is answered by it; kept in the store, where the command line changes it too.
 */
import { formatBareJid, type Address, type GatewayNames, type Jid } from '../address.js';
import { entriesOver } from '../addressees.js';
import type { Clock } from '../clock.js';
import { Failure, isFailure } from '../failure.js';
import type { Correspondent, CorrespondentRows } from '../store/correspondents.js';
import { entryOf, namesOf } from './strangers.js';

export interface GatewayBlockParts {
  readonly correspondents: CorrespondentRows;
  readonly gateway: GatewayNames;
  /** Nobody shuts these out. */
  readonly admins: readonly Jid[];
  readonly clock: Clock;
}

/** No bare JID of a user. */
const EVERYBODY = '*';
const MOST = 10_000;
const OURSELVES = Failure.permanent('bad-address', 'This would block the users of this gateway, or an administrator.');

/** Rejects as the store does. @param typed an address, a contact or a domain, as a user writes it. @returns the entry; permanent `bad-address` or `too-many` */
export async function blockForAll(typed: string, { correspondents, gateway, admins, clock }: GatewayBlockParts): Promise<string | Failure> {
  const mail = entryOf(typed, gateway);
  if (isFailure(mail)) return mail;
  if (ownNames(gateway, admins).includes(mail)) return OURSELVES;
  const { before } = await correspondents.decide({ user: EVERYBODY, mail, state: 'blocked', by: 'user', at: clock() }, MOST);
  return before === 'full' ? Failure.permanent('too-many', `${MOST} are blocked for everybody; take one away first.`) : mail;
}

/** Rejects as the store does. @returns the entry, or permanent `no-such-recipient` when it is not blocked */
export async function unblockForAll(typed: string, { correspondents, gateway }: Pick<GatewayBlockParts, 'correspondents' | 'gateway'>): Promise<string | Failure> {
  const mail = entryOf(typed, gateway);
  if (isFailure(mail)) return mail;
  const before = await correspondents.undecide(EVERYBODY, mail);
  return before === 'none' ? Failure.permanent('no-such-recipient', `${mail} is not blocked for everybody.`) : mail;
}

/** By address. Rejects as the store does. */
export function blockedForAll(correspondents: CorrespondentRows): Promise<readonly Correspondent[]> {
  return correspondents.correspondentsOf(EVERYBODY);
}

/** What an entry must not be: its effect would be that nobody can use the gateway, or take the block away. */
function ownNames(gateway: GatewayNames, admins: readonly Jid[]): readonly string[] {
  const domains = [gateway.domain, gateway.home].flatMap((domain) => entriesOver(`@${domain}`));
  return [...domains, ...admins.flatMap((admin) => [formatBareJid(admin), ...namesOf(admin, gateway)])];
}

export class GatewayBlocks {
  private entries: ReadonlySet<string> = new Set();

  constructor(private readonly parts: GatewayBlockParts) {}

  /** Before anything is handed in, and when another process has changed the store. Rejects as the store does. */
  async load(): Promise<void> {
    this.entries = new Set((await blockedForAll(this.parts.correspondents)).map(({ mail }) => mail));
  }

  covers(address: Address): boolean {
    return this.entries.size > 0 && namesOf(address, this.parts.gateway).some((name) => this.entries.has(name));
  }

  /** @see blockForAll */
  async block(typed: string): Promise<string | Failure> {
    const entry = await blockForAll(typed, this.parts);
    await this.load();
    return entry;
  }

  /** @see unblockForAll */
  async unblock(typed: string): Promise<string | Failure> {
    const entry = await unblockForAll(typed, this.parts);
    await this.load();
    return entry;
  }

  list(): Promise<readonly Correspondent[]> {
    return blockedForAll(this.parts.correspondents);
  }
}
