/** What each asker may see of whom, and word of each change. Answers for who does not exist and who is hidden are the same, and cost the same. */
import { formatBareJid, parseJid } from '../address.js';
import { isFailure } from '../failure.js';
import { isId, mayKnow, type AskedBy, type Asker, type Publication } from './publication.js';
import { viewOf, type Contact, type Face, type State, type View } from './view.js';

/** What users let be published. */
export interface Consents {
  byId(id: string): Publication | undefined;
  /** @param user bare JID, as `formatBareJid` writes it */
  ofUser(user: string): Publication | undefined;
  /** Called after each change with what it was and what it is. */
  onChange(listener: (before: Publication | undefined, after: Publication | undefined) => void): void;
}

/** Where users are. @param user bare JID, as `formatBareJid` writes it */
export interface States {
  of(user: string): State;
  /** Called after each change that is to be told; it bounds how often that is. */
  onChange(listener: (user: string) => void): void;
}

/** How they look; as `States`. */
export interface Faces {
  of(user: string): Face;
  onChange(listener: (user: string) => void): void;
}

export interface PublisherParts {
  readonly consents: Consents;
  readonly states: States;
  readonly faces: Faces;
  /** Is he still one of the gateway's users, whom the operators have not blocked? @param user bare JID */
  readonly serves: (user: string) => boolean;
  /** @param user bare JID */
  readonly contactOf: (user: string) => Contact;
}

type Listener = (names: readonly string[]) => void;

interface Shown {
  readonly byId: View;
  readonly byAddress: View;
  /** Of the process's clock: when it was last checked what nobody tells: is he served, and which address are strangers told? */
  checkedAt: number;
}

/** What the last who might know saw under a name: found in one step by those who ask for it again. */
interface Seen {
  readonly publication: Publication;
  readonly by: AskedBy;
  readonly shown: Shown;
}

/** ms: to find them out costs more than the rest of an answer. */
const CHECK_EVERY = 1_000;

export class Publisher {
  /** By bare JID: what was made since the last change. */
  private readonly made = new Map<string, Shown>();
  /** By the link's id and by the bare JID, since the last change. */
  private readonly seen = new Map<string, Seen>();
  private readonly listeners: Listener[] = [];
  private seq = 0;

  /** @param running ms of a clock that nobody sets */
  constructor(
    private readonly parts: PublisherParts,
    private readonly running = (): number => performance.now(),
  ) {
    const { consents, states, faces } = parts;
    states.onChange((user) => this.changed(user));
    faces.onChange((user) => this.changed(user));
    consents.onChange((before, after) => this.consentChanged(before, after));
  }

  /** The number of the last change. */
  get last(): number {
    return this.seq;
  }

  /**
   * What the asker may see of the user of this name; undefined for all that is hidden from him, and for who does not exist.
   * The same object until the next change.
   * @param name the id of a link, or a JID in any spelling
   */
  look(name: string, asker: Asker): View | undefined {
    const seen = this.seen.get(name);
    if (seen !== undefined && this.isFresh(seen.shown)) return mayKnow(seen.publication, asker, seen.by) ? viewBy(seen) : undefined;
    const by = isId(name) ? 'id' : 'address';
    const publication = by === 'id' ? this.parts.consents.byId(name) : this.ofAddress(name);
    if (publication === undefined || !mayKnow(publication, asker, by)) return undefined;
    const shown = this.shownNow(publication);
    if (shown === undefined) return undefined;
    const now = { publication, by, shown } as const;
    this.seen.set(by === 'id' ? publication.id : publication.user, now);
    return viewBy(now);
  }

  /** Called after each change with every name that it can be seen under; who was seen under one may be hidden now. */
  onChange(listener: Listener): void {
    this.listeners.push(listener);
  }

  private ofAddress(name: string): Publication | undefined {
    const jid = parseJid(name);
    return isFailure(jid) || jid.local === '' ? undefined : this.parts.consents.ofUser(formatBareJid(jid));
  }

  private isFresh({ checkedAt }: Shown): boolean {
    return this.running() - checkedAt < CHECK_EVERY;
  }

  /** Checks what nobody tells, once in a while. */
  private shownNow(publication: Publication): Shown | undefined {
    const { user, id } = publication;
    const lately = this.made.get(user);
    if (lately !== undefined && this.isFresh(lately)) return lately;
    if (!this.parts.serves(user)) {
      // Once he is let in again, what he shows is to be newer than that he was not to be seen.
      this.drop(user, [id, user]);
      return undefined;
    }
    if (publication.write) this.checkContact(user);
    const known = this.made.get(user);
    if (known === undefined) return this.shown(publication);
    known.checkedAt = this.running();
    return known;
  }

  /** He may write by another address, or one of his has ended. */
  private checkContact(user: string): void {
    const shown = this.made.get(user);
    if (shown !== undefined && shown.byId.contact?.mail !== this.parts.contactOf(user).mail) this.changed(user);
  }

  private shown(publication: Publication): Shown {
    const { user, id } = publication;
    // Newer than all that anybody was told before it was made.
    const seq = ++this.seq;
    const view = this.viewNow(publication);
    const shown = { byId: viewIn({ name: id, seq }, view), byAddress: viewIn({ name: user, seq }, view), checkedAt: this.running() };
    this.made.set(user, shown);
    return shown;
  }

  private viewNow(publication: Publication): Omit<View, 'seq' | 'name'> {
    const { states, faces, contactOf } = this.parts;
    const { user } = publication;
    return viewOf(publication, states.of(user), faces.of(user), contactOf(user));
  }

  private changed(user: string): void {
    const publication = this.parts.consents.ofUser(user);
    if (publication === undefined || publication.audience === 'nobody') return;
    const before = this.made.get(user);
    if (before !== undefined && isSame(before.byId, viewIn(before.byId, this.viewNow(publication)))) return;
    this.tell(user, [publication.id, user]);
  }

  private consentChanged(before: Publication | undefined, after: Publication | undefined): void {
    const user = (after ?? before)?.user;
    if (before !== undefined && after !== undefined && isToTheSame(before, after)) this.changed(after.user);
    else if (user !== undefined) this.tell(user, [...new Set([before?.id, after?.id, user])].filter((name) => name !== undefined));
  }

  private tell(user: string, names: readonly string[]): void {
    this.seq++;
    this.drop(user, names);
    for (const listener of this.listeners) listener(names);
  }

  private drop(user: string, names: readonly string[]): void {
    this.made.delete(user);
    for (const name of names) this.seen.delete(name);
  }
}

/** The properties in one order, by which Views are alike to V8, and to `isSame`. */
function viewIn({ name, seq }: Pick<View, 'name' | 'seq'>, view: Omit<View, 'name' | 'seq'>): View {
  return { name, seq, ...view };
}

function viewBy({ by, shown }: Seen): View {
  return by === 'id' ? shown.byId : shown.byAddress;
}

/** Under the same names: then only what is shown may be new. When he changes his settings is nobody's business. */
function isToTheSame(before: Publication, after: Publication): boolean {
  const named = ({ audience, origins, keys }: Publication): string => JSON.stringify(audience === 'sites' ? [origins, keys] : []);
  return before.id === after.id && before.audience === after.audience && named(before) === named(after);
}

function isSame(one: View, other: View): boolean {
  return plain(one) === plain(other);
}

/** Without its number; a picture by what it is, not by its bytes. */
function plain({ seq: _, face: { name, picture }, ...view }: View): string {
  return JSON.stringify({ ...view, face: [name, picture?.id] });
}
