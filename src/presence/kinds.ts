/** On what kind of client each user is: asked of the one that speaks for him, once, and remembered while it does. */
import { formatBareJid, type Jid } from '../address.js';
import { kindIn } from './state-of.js';
import type { ClientKind } from './view.js';
import type { Client } from './whereabouts.js';

export interface KindsPorts {
  /** What a client says that it is, such as `client/phone`; nothing where it does not answer. Never rejects. */
  ask(user: Jid, client: Client): Promise<readonly string[]>;
  /** Called when an answer says something new. */
  learnt(user: string): void;
}

interface Known {
  /** Absent: it was known before the start. */
  readonly resource?: string;
  /** What the client says of its abilities. */
  readonly caps?: string;
  kind: ClientKind | undefined;
}

/** Questions under way at once. After a start all are asked, and most answers are true of many (XEP-0115). */
const MOST_ASKED = 50;

export class Kinds {
  /** By bare JID. */
  private readonly known = new Map<string, Known>();
  private readonly waiting = new Map<string, () => Promise<void>>();
  private asked = 0;

  constructor(private readonly ports: KindsPorts) {}

  /** What the user's client was before the start: believed until it is asked. @param user bare JID */
  kept(user: string, kind: ClientKind | undefined): void {
    this.known.set(user, { kind });
  }

  /** What is known now; where the client was not asked, it is. @param user bare JID */
  of(user: Jid, client: Client): ClientKind | undefined {
    const name = formatBareJid(user);
    const { resource } = client;
    const caps = JSON.stringify(client.caps);
    const before = this.known.get(name);
    if (before?.resource === resource && before.caps === caps) return before.kind;
    const isOther = before?.resource !== undefined && before.resource !== resource;
    const known = { resource, caps, kind: isOther ? undefined : before?.kind };
    this.known.set(name, known);
    this.waiting.set(name, () => this.ask(user, client, known));
    this.pump();
    return known.kind;
  }

  /** The user is not asked about any more. @param user bare JID */
  forget(user: string): void {
    this.known.delete(user);
    this.waiting.delete(user);
  }

  private pump(): void {
    for (const [name, ask] of this.waiting) {
      if (this.asked >= MOST_ASKED) return;
      this.waiting.delete(name);
      this.asked++;
      void ask().finally(() => {
        this.asked--;
        this.pump();
      });
    }
  }

  private async ask(user: Jid, client: Client, known: Known): Promise<void> {
    const kind = kindIn(await this.ports.ask(user, client));
    const name = formatBareJid(user);
    if (this.known.get(name) !== known || known.kind === kind) return;
    known.kind = kind;
    this.ports.learnt(name);
  }
}
