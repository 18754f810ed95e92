/**
 * In-band registration (XEP-0077), as a gateway does it (XEP-0100 §4.1 to §4.3): who may, and what is kept, is behind `Registration`.
 * There is no password: what a client sends as one is not read.
 */
import { bareJid, formatBareJid, formatJid, type Jid } from '../address.js';
import type { Departure, Form, Registration, Subscriptions, Values } from '../edge.js';
import { Failure, isFailure } from '../failure.js';
import type { Log } from '../log.js';
import { filledIn, formIn, formToFill } from './forms.js';
import { Followed, type Answer, type Request } from './responder.js';
import { el, NS, type Element, type StanzaError } from './xml.js';

export interface RegistrationPorts {
  readonly registration: Registration;
  readonly subscriptions: Pick<Subscriptions, 'addSubscription'>;
  readonly log: Log;
  /** The gateway's own domain. */
  readonly domain: string;
  /** Asks to see the user; knows nothing of him any more. Neither rejects. */
  readonly attendance: { watch(user: Jid): Promise<void>; left(user: Jid): Promise<void> };
  send(stanza: Element): Failure | undefined;
  /** Resolves when the way out has room. */
  room(): Promise<void>;
  /** Resolves when the server has taken what was sent before, or false when the link is lost. */
  pong(): Promise<boolean>;
}

const UNFINISHED = Failure.permanent('bad-content', 'The form is not filled in.');
const MALFORMED: StanzaError = { type: 'modify', condition: 'bad-request' };

export class RegistrationDesk {
  constructor(private readonly ports: RegistrationPorts) {}

  /** Whether the feature is shown to whoever asks. */
  serves(user: Jid): boolean {
    return this.ports.registration.mayRegister(user);
  }

  /** XEP-0077 §3.1: the form, with what is set, and `<registered/>` for who is. */
  show({ from }: Request): Element | StanzaError {
    const form = this.ports.registration.form(from);
    if (isFailure(form)) return refusal(form);
    const known = this.ports.registration.isRegistered(from) ? el('registered') : undefined;
    return el('query', { xmlns: NS.register }, known, el('instructions', {}, form.instructions), formToFill(form));
  }

  /** Registers, changes what is set, or removes. Rejects as the store does. */
  async take(request: Request): Promise<Answer | Followed> {
    const { payload, from } = request;
    if (payload.getChild('remove', NS.register) !== undefined) return this.remove(request);
    const form = this.ports.registration.form(from);
    if (isFailure(form)) return refusal(form);
    const values = valuesIn(payload, form);
    if (isFailure(values)) return refusal(values);
    const done = await this.ports.registration.register(from, values);
    if (isFailure(done)) return refusal(done);
    return new Followed(undefined, () => (done === 'new' ? this.entered(from) : Promise.resolve()));
  }

  /** From whichever client: it is the bare JID that is registered (XEP-0077 §3.2). */
  private async remove({ from, payload }: Request): Promise<Answer | Followed> {
    if (payload.getChildElements().length > 1) return MALFORMED;
    const contacts = await this.ports.registration.remove(from);
    if (!isFailure(contacts)) return new Followed(undefined, () => this.left(from, contacts));
    return contacts.reason === 'no-such-recipient' ? { type: 'auth', condition: 'registration-required', text: contacts.text } : refusal(contacts);
  }

  /** XEP-0100 §4.1.1: the gateway asks to see the user, and is to be seen from now on at every start. Rejects as the store does. */
  async entered(user: Jid): Promise<void> {
    const contact: Jid = { kind: 'jid', local: '', domain: this.ports.domain, resource: '' };
    await this.ports.subscriptions.addSubscription({ user: bareJid(user), contact });
    await this.ports.attendance.watch(user);
  }

  /** The link is up: who left while it was down, or before the process ended, hears of it now. Never rejects. */
  async online(): Promise<void> {
    try {
      for (const { user, contacts } of await this.ports.registration.leaving()) await this.left(user, contacts);
    } catch (err) {
      this.ports.log.error({ err }, 'who left could not be read: their contacts are told another time');
    }
  }

  /** XEP-0100 §4.3.1: the gateway goes, and each contact with it. What the server is not known to have taken is said again when the link comes up. */
  async left(user: Jid, contacts: readonly Jid[]): Promise<void> {
    const { attendance } = this.ports;
    const gateway: Jid = { kind: 'jid', local: '', domain: this.ports.domain, resource: '' };
    await attendance.left(user);
    for (const contact of [...contacts.filter(({ local }) => local !== ''), gateway]) {
      await this.ports.room();
      const told = (['unsubscribe', 'unsubscribed', 'unavailable'] as const).every((type) => this.tell(contact, user, type));
      if (!told) return;
    }
    void this.parted({ user: bareJid(user), contacts });
  }

  /** Nobody waits for it: the answer may come only when more is read. */
  private async parted(departure: Departure): Promise<void> {
    const { registration, log } = this.ports;
    try {
      if (await this.ports.pong()) await registration.parted(departure);
    } catch (err) {
      log.error({ err }, 'that the contacts of a user who left were told is not kept; it is told again');
    }
  }

  private tell(contact: Jid, user: Jid, type: string): boolean {
    return this.ports.send(el('presence', { type, from: formatJid(contact), to: formatBareJid(user) })) === undefined;
  }
}

/** The data form wins over fields beside it (XEP-0077 §4); those we have none of. */
function valuesIn(payload: Element, form: Form): Values | Failure {
  const x = formIn(payload);
  if (x === undefined) return {};
  return x.attrs.type === 'submit' ? filledIn(x, form.fields) : UNFINISHED;
}

/** XEP-0077 §3.1: what is wrong or missing in a form is `not-acceptable`. */
function refusal({ reason, text }: Failure): StanzaError {
  if (reason === 'not-allowed') return { type: 'auth', condition: 'forbidden', text };
  if (reason === 'overloaded') return { type: 'wait', condition: 'resource-constraint', text };
  return { type: 'modify', condition: 'not-acceptable', text };
}
