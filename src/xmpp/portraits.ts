/**
 * How a contact, or the gateway itself, looks to chat users: a name, and a picture that was given or is drawn. What was learned
 * from mails is shown only to those who may write to the contact.
 */
import { createHash } from 'node:crypto';
import { contactOf, formatJid, formatMailAddress, phoneNumberOf, type GatewayNames, type Jid, type MailAddress } from '../address.js';
import type { People, Picture } from '../edge.js';
import { isFailure } from '../failure.js';
import { drawInitials, drawLogo, SIDE } from './draw.js';
import { initialsOf } from './initials.js';
import type { ContactTarget, Target } from './target.js';

export interface Avatar {
  /** XEP-0084 §4: hex SHA-1 of the bytes. */
  readonly id: string;
  readonly type: string;
  readonly bytes: Buffer;
  /** Pixels of both sides, where we drew it. */
  readonly side?: number;
}

export interface Portrait {
  /** Absent when only the address is known. */
  readonly name?: string;
  readonly avatar: Avatar;
}

export interface PortraitPorts {
  readonly gateway: GatewayNames;
  readonly people: People;
  /** The name of a chat user; bounded in time, never rejects. */
  nameOf(user: Jid): Promise<string | undefined>;
  /** May this chat user write to this address? */
  admits(user: Jid, mail: MailAddress): boolean;
}

const GATEWAY_NAME = 'E-mail gateway';
/** A picture has 64 KiB at most, a drawn one about 3. */
const MOST_KEPT = 1_000;

export class Portraits {
  /** By bare JID, of a chat user with his name: what those see who may write to it. */
  private readonly kept = new Map<string, Promise<Portrait>>();
  private readonly finished = new WeakMap<Promise<Portrait>, Portrait>();
  private logo: Promise<Portrait> | undefined;

  constructor(private readonly ports: PortraitPorts) {}

  /** Rejects when the store does. @param from who wants to see it */
  of(target: Target, from: Jid): Promise<Portrait> {
    if (target.kind === 'gateway') return (this.logo ??= drawLogo().then((bytes) => ({ name: GATEWAY_NAME, avatar: avatarOf({ type: 'image/png', bytes }, SIDE) })));
    // Nothing is known of a number, and to ask whose it is would count as a try to find out.
    const shows = phoneNumberOf(target.mail, this.ports.gateway) !== undefined || this.ports.admits(from, target.mail);
    return shows ? this.learned(target) : this.make(target.mail, {});
  }

  /** What is at hand without a look at the store and without drawing. */
  known(contact: Jid): Portrait | undefined {
    const promise = contact.local === '' ? this.logo : this.kept.get(formatJid(contact));
    return promise && this.finished.get(promise);
  }

  /** Something else was learned about the address. */
  forget(mail: MailAddress): void {
    this.kept.delete(this.keyOf(mail));
  }

  /** What a chat user tells of himself is his server's to keep. */
  private learned({ mail, user }: ContactTarget): Promise<Portrait> {
    const key = this.keyOf(mail);
    if (user === undefined) return this.once(key, async () => this.make(mail, (await this.ports.people.person(mail)) ?? {}));
    return this.ports.nameOf(user).then((name) => this.once(`${key}\n${name ?? ''}`, () => this.make(mail, name === undefined ? {} : { name })));
  }

  private once(key: string, make: () => Promise<Portrait>): Promise<Portrait> {
    const known = this.kept.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.keep(key, made);
    return made;
  }

  private keep(key: string, made: Promise<Portrait>): void {
    this.kept.set(key, made);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= MOST_KEPT) break;
      this.kept.delete(oldest);
    }
    const drop = (): void => {
      if (this.kept.get(key) === made) this.kept.delete(key);
    };
    made.then((portrait) => this.finished.set(made, portrait), drop);
  }

  private async make(mail: MailAddress, { name, picture }: { readonly name?: string; readonly picture?: Picture }): Promise<Portrait> {
    const named = name === undefined ? {} : { name };
    if (picture !== undefined) return { ...named, avatar: avatarOf(picture) };
    const bytes = await drawInitials(initialsOf(name, mail.local), this.keyOf(mail));
    return { ...named, avatar: avatarOf({ type: 'image/png', bytes }, SIDE) };
  }

  /** The contact's bare JID, which also gives the colour (XEP-0392 §5.1). */
  private keyOf(mail: MailAddress): string {
    const contact = contactOf(mail, this.ports.gateway);
    return isFailure(contact) ? formatMailAddress(mail) : formatJid(contact);
  }
}

function avatarOf({ type, bytes }: Picture, side?: number): Avatar {
  const own = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { id: createHash('sha1').update(own).digest('hex'), type, bytes: own, ...(side === undefined ? {} : { side }) };
}
