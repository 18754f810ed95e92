/** Mailboxes and telephone numbers of chat users: asked for, with the hash of the code that was sent there, or verified by it. */
import { timingSafeEqual } from 'node:crypto';
import { formatJid, formatMailAddress, formatPhoneNumber, type Jid, type MailAddress, type PhoneNumber } from '../address.js';
import { addressKey } from '../addressees.js';
import type { Db } from './open.js';

/** Rows looked at per prune. */
const STEP = 500;

/** What a chat user can show to be his. */
export type Bindable = MailAddress | PhoneNumber;

/** A mailbox or a number of a chat user's. */
export interface Binding {
  readonly kind: Bindable['kind'];
  /** As `formatMailAddress` or `formatPhoneNumber` wrote it. */
  readonly address: string;
  /** ms since the epoch; absent while its code was not given back. */
  readonly verifiedAt?: number;
  /** The one of its kind that is written to. */
  readonly first?: true;
  /** When its code is void, ms since the epoch; of what is not verified. */
  readonly expiresAt?: number;
}

export interface AskedBinding {
  /** Bare JID. */
  readonly user: Jid;
  readonly address: Bindable;
  readonly codeHash: Uint8Array;
  /** Both in ms since the epoch. */
  readonly at: number;
  readonly expiresAt: number;
}

/** What became of a code that was given back. */
export type Confirmed =
  /** `former`: the bare JID whose it was until now. */
  | { readonly state: 'verified'; readonly kind: Bindable['kind']; readonly address: string; readonly former?: string }
  /** So many tries are left; 0: a new code is needed. */
  | { readonly state: 'wrong'; readonly left: number }
  /** No code is awaited of this user. */
  | { readonly state: 'none' };

/** A number and the bare JID whose it is. */
export interface BoundNumber {
  /** As `formatPhoneNumber` wrote it. */
  readonly address: string;
  readonly user: string;
}

/** Mailboxes and telephone numbers of chat users; every user a bare JID. Addresses that differ in case only are the same. */
export interface BindingStore {
  /** A new code voids the one before. What is verified already stays so. */
  askBinding(asked: AskedBinding): Promise<void>;
  /** One try, counted for everything whose code is awaited. @param most tries that each code is good for */
  confirmBinding(user: Jid, codeHash: Uint8Array, most: number, now: number): Promise<Confirmed>;
  /** Makes something verified the first choice of its kind; false when it is none of the user's. */
  chooseBinding(user: Jid, address: Bindable, now: number): Promise<boolean>;
  removeBinding(user: Jid, address: Bindable): Promise<boolean>;
  bindingsOf(user: Jid, kind: Bindable['kind']): Promise<readonly Binding[]>;
  /** The verified mailbox of the first choice, as `formatMailAddress` wrote it. */
  verifiedMailbox(user: Jid): Promise<string | undefined>;
  /** The bare JID whose verified mailbox it is. */
  userOfMailbox(address: MailAddress): Promise<string | undefined>;
  boundNumbers(): Promise<readonly BoundNumber[]>;
}

interface Row {
  readonly kind: Bindable['kind'];
  readonly address: string;
  readonly verified_at: number | null;
  readonly expires_at: number | null;
}
interface Awaited {
  readonly kind: Bindable['kind'];
  readonly target: string;
  readonly address: string;
  readonly code_hash: Uint8Array;
  readonly tries: number;
}

/** The first choice first, then those of old. */
const ORDER = 'ORDER BY chosen_at DESC NULLS LAST, verified_at, target';

function prepareStatements(db: Db) {
  return {
    ask: db.prepare<[string, string, string, string, Uint8Array, number, number]>(
      `INSERT INTO bindings (user, kind, target, address, code_hash, asked_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (user, target) DO UPDATE SET address = excluded.address, code_hash = excluded.code_hash, tries = 0,
         asked_at = excluded.asked_at, expires_at = excluded.expires_at WHERE verified_at IS NULL`,
    ),
    awaited: db.prepare<[string, number], Awaited>(
      'SELECT kind, target, address, code_hash, tries FROM bindings WHERE user = ? AND verified_at IS NULL AND expires_at > ?',
    ),
    tried: db.prepare<[string]>('UPDATE bindings SET tries = tries + 1 WHERE user = ? AND verified_at IS NULL'),
    former: db.prepare<[string], string>('SELECT user FROM bindings WHERE target = ? AND verified_at IS NOT NULL').pluck(),
    remove: db.prepare<[string, string]>('DELETE FROM bindings WHERE user = ? AND target = ?'),
    verify: db.prepare<[number, string, string]>(
      'UPDATE bindings SET verified_at = ?, code_hash = NULL, expires_at = NULL, tries = 0 WHERE user = ? AND target = ?',
    ),
    choose: db.prepare<[number, string, string]>('UPDATE bindings SET chosen_at = ? WHERE user = ? AND target = ? AND verified_at IS NOT NULL'),
    list: db.prepare<[string], Row>(`SELECT kind, address, verified_at, expires_at FROM bindings WHERE user = ? ${ORDER}`),
    first: db.prepare<[string], string>(`SELECT address FROM bindings WHERE user = ? AND kind = 'mail' AND verified_at IS NOT NULL ${ORDER} LIMIT 1`).pluck(),
    numbers: db.prepare<[], BoundNumber>("SELECT address, user FROM bindings WHERE kind = 'phone' AND verified_at IS NOT NULL"),
    prune: db.prepare<[number]>(
      `DELETE FROM bindings WHERE (user, target) IN (SELECT user, target FROM bindings WHERE expires_at IS NOT NULL AND expires_at < ? LIMIT ${STEP})`,
    ),
  };
}

export class Bindings {
  private readonly sql: ReturnType<typeof prepareStatements>;

  constructor(db: Db) {
    this.sql = prepareStatements(db);
  }

  /** The engine's, under their own names. */
  operations() {
    return {
      askBinding: this.ask.bind(this),
      confirmBinding: this.confirm.bind(this),
      chooseBinding: this.choose.bind(this),
      removeBinding: this.removeBinding.bind(this),
      bindingsOf: this.bindingsOf.bind(this),
      verifiedMailbox: this.verifiedMailbox.bind(this),
      userOfMailbox: this.userOfMailbox.bind(this),
      boundNumbers: this.boundNumbers.bind(this),
    };
  }

  /** A new code voids the one before. What is verified already stays so. */
  ask({ user, address, codeHash, at, expiresAt }: AskedBinding): void {
    this.sql.ask.run(formatJid(user), address.kind, targetOf(address), written(address), codeHash, at, expiresAt);
  }

  /**
   * One try, counted for everything whose code is awaited: nobody guesses at several at once.
   * @param user bare JID. @param most tries that each code is good for
   */
  confirm(user: Jid, codeHash: Uint8Array, most: number, now: number): Confirmed {
    const name = formatJid(user);
    const awaited = this.sql.awaited.all(name, now).filter(({ tries }) => tries < most);
    if (awaited.length === 0) return { state: 'none' };
    const fits = awaited.filter(({ code_hash: hash }) => hash.length === codeHash.length && timingSafeEqual(hash, codeHash))[0];
    if (fits !== undefined) return this.verified(name, fits, now);
    this.sql.tried.run(name);
    return { state: 'wrong', left: Math.max(...awaited.map(({ tries }) => most - tries - 1)) };
  }

  /** The first choice is written to. @param user bare JID. @returns false for what is nothing verified of the user's */
  choose(user: Jid, address: Bindable, now: number): boolean {
    return this.sql.choose.run(now, formatJid(user), targetOf(address)).changes > 0;
  }

  /** @param user bare JID. @returns false when it was none of the user's */
  removeBinding(user: Jid, address: Bindable): boolean {
    return this.sql.remove.run(formatJid(user), targetOf(address)).changes > 0;
  }

  /** All of one kind: verified ones first, the first choice before the others. @param user bare JID */
  bindingsOf(user: Jid, kind: Bindable['kind']): Binding[] {
    const rows = this.sql.list.all(formatJid(user)).filter((row) => row.kind === kind);
    const verified = rows.filter((row) => row.verified_at !== null).map(bindingOf);
    const [first, ...others] = verified;
    const awaited = rows.filter((row) => row.verified_at === null).map(bindingOf);
    return [...(first === undefined ? [] : [{ ...first, first: true as const }]), ...others, ...awaited];
  }

  /** The verified mailbox of the first choice. @param user bare JID */
  verifiedMailbox(user: Jid): string | undefined {
    return this.sql.first.get(formatJid(user));
  }

  /** The bare JID whose verified mailbox it is. */
  userOfMailbox(address: MailAddress): string | undefined {
    return this.sql.former.get(addressKey(address));
  }

  /** All verified numbers; each has one owner. */
  boundNumbers(): BoundNumber[] {
    return this.sql.numbers.all();
  }

  /** What was not confirmed in time; a bounded amount. @returns whether there is more */
  prune(now: number): boolean {
    return this.sql.prune.run(now).changes === STEP;
  }

  private verified(user: string, { kind, target, address }: Awaited, now: number): Confirmed {
    const former = this.sql.former.get(target);
    if (former !== undefined) this.sql.remove.run(former, target);
    this.sql.verify.run(now, user, target);
    return { state: 'verified', kind, address, ...(former !== undefined && { former }) };
  }
}

function targetOf(address: Bindable): string {
  return address.kind === 'mail' ? addressKey(address) : formatPhoneNumber(address);
}

function written(address: Bindable): string {
  return address.kind === 'mail' ? formatMailAddress(address) : formatPhoneNumber(address);
}

function bindingOf({ kind, address, verified_at: verifiedAt, expires_at: expiresAt }: Row): Binding {
  return { kind, address, ...(verifiedAt !== null && { verifiedAt }), ...(expiresAt !== null && { expiresAt }) };
}
