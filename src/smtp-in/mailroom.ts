/** From a mail on the wire to the middle, and back to what each recipient is answered. */
import type { Readable } from 'node:stream';
import { formatAddress, type Address, type Jid, type MailAddress } from '../address.js';
import type { Clock } from '../clock.js';
import type { Accepted, Intake, Route, ShownText } from '../edge.js';
import { Failure, isFailure } from '../failure.js';
import type { Message } from '../message.js';
import { newMessageId } from '../message.js';
import { fromMail } from '../translate/from-mail.js';
import { authorOf } from '../translate/mail-author.js';
import { checkLoop } from '../translate/mail-loop.js';
import { takeReport } from './bounce.js';
import type { Inspection } from './inspection.js';
import { Incoming, type IncomingParts, type WholeMail } from './incoming.js';
import type { Envelope, Outcome, Recipient } from './mail.js';

export interface MailroomParts extends IncomingParts {
  /** Characters above which a text is shortened; 0: never. */
  readonly longText: number;
  /** How much of a mail this chat user wants to see; `usual` when absent. */
  readonly shownTo?: (user: Jid) => ShownText;
  readonly intake: Intake;
  /** What a mail is asked for before it is taken. */
  readonly inspect: Inspection;
  readonly clock: Clock;
}

/** What a sender asked to be told (RFC 3461 §4.1). Recipients that differ in it get messages of their own. */
type Wish = 'never' | 'success' | 'default';

/** Recipients that get one message: what it says is the same for each. */
interface Group {
  readonly wish: Wish;
  readonly shown: ShownText;
  /** They were all reached by this further address. */
  readonly cameBy?: MailAddress;
  readonly ordinary: boolean;
  readonly recipients: readonly Recipient[];
}

/** Of a mail that is shown short, as `longText`. */
const SHORT = 400;

type Result = Failure | 'accepted';

export class Mailroom {
  constructor(private readonly parts: MailroomParts) {}

  /**
   * Reads the stream to its end. Rejects only when the stream breaks off.
   * @param fault what is wrong with the lines of the mail, asked at its end
   */
  async receive(source: Readable, envelope: Envelope, fault: () => Failure | undefined): Promise<Outcome> {
    const incoming = new Incoming(envelope, this.parts.clock(), this.parts);
    try {
      return await this.receiveInto(incoming, source, envelope, fault);
    } finally {
      await incoming.close();
    }
  }

  private async receiveInto(incoming: Incoming, source: Readable, envelope: Envelope, fault: () => Failure | undefined): Promise<Outcome> {
    await incoming.receive(source);
    const { size } = incoming;
    const mail = await incoming.finish(fault());
    if (isFailure(mail)) return { results: mail, size };
    const judged = checkLoop(mail.parsed) ?? (await this.parts.inspect({ envelope, hostname: this.parts.hostname, content: incoming.kept }));
    if (isFailure(judged)) return { results: judged, size };
    const unstored = await incoming.store();
    if (unstored !== undefined) return { results: unstored, size };
    const whole = judged === 'mark' ? { ...mail, spam: true as const } : mail;
    return { results: await this.handIn(whole, envelope), size, authenticity: mail.judged.authenticity, ...(judged === 'mark' && { spam: true }) };
  }

  private async handIn(mail: WholeMail, envelope: Envelope): Promise<readonly Result[]> {
    const reports = await Promise.all(envelope.recipients.map((recipient) => this.report(mail, recipient)));
    const groups = this.groupsOf(envelope.recipients.filter(hasOutlet));
    const accepted = await Promise.all(groups.map((group, i) => this.accept(mail, envelope, group, i === 0)));
    if (mail.spam !== true && accepted.flat().some(({ result }) => result === 'stored')) await this.meet(mail);
    if (!envelope.peer.protocol.startsWith('LMTP')) await this.tellRefused(mail, envelope, groups, accepted);
    const results = new Map(groups.flatMap(({ recipients }, i) => recipients.map((recipient) => [recipient, resultOf(recipient.routes, accepted[i] ?? [])] as const)));
    return envelope.recipients.map((recipient, i) => reports[i] ?? results.get(recipient) ?? 'accepted');
  }

  /** One message for those who asked for the same, and see as much of it. */
  private groupsOf(recipients: readonly Recipient[]): readonly Group[] {
    const groups = new Map<string, Group & { recipients: Recipient[] }>();
    for (const recipient of recipients) {
      const [wish, shown, { cameBy, ordinary = false }] = [wishOf(recipient), this.shownTo(recipient), wayOf(recipient)];
      const key = `${wish} ${shown} ${cameBy === undefined ? '' : formatAddress(cameBy)}`;
      const group = groups.get(key) ?? { wish, shown, ordinary, recipients: [], ...(cameBy !== undefined && { cameBy }) };
      group.recipients.push(recipient);
      groups.set(key, group);
    }
    return [...groups.values()];
  }

  private shownTo({ routes: [route] }: Recipient): ShownText {
    const address = route && addressOf(route);
    return (address?.kind === 'jid' ? this.parts.shownTo?.(address) : undefined) ?? 'usual';
  }

  private longText(shown: ShownText): number {
    const { longText } = this.parts;
    return { short: longText === 0 ? SHORT : Math.min(SHORT, longText), usual: longText, whole: 0 }[shown];
  }

  private async report(mail: WholeMail, { routes }: Recipient): Promise<Failure | undefined> {
    for (const route of routes) {
      if (route.outlet !== 'bounce') continue;
      const failure = await takeReport(mail.parsed, route, this.parts.intake, this.parts.log);
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  /** SMTP has one answer for all recipients: who was refused while others were not is told of by a DSN. After a 4xx all are tried again. */
  private async tellRefused(mail: WholeMail, envelope: Envelope, groups: readonly Group[], accepted: readonly (readonly Accepted[])[]): Promise<void> {
    const failures = accepted.flatMap((ofGroup, i) => ofGroup.flatMap(({ recipient, result }) => (isFailure(result) ? [{ group: groups[i], recipient, result }] : [])));
    if (failures.length === accepted.flat().length || failures.some(({ result }) => result.kind === 'temporary')) return;
    for (const { group, recipient, result } of failures) {
      if (group !== undefined) await this.parts.intake.untold(this.messageOf(mail, envelope, group, newMessageId(this.parts.clock())), recipient, result);
    }
  }

  /** Who wrote it has shown that the address is his: his name and picture are shown with it. */
  private async meet({ parsed, from, judged }: WholeMail): Promise<void> {
    if (from !== undefined && judged.authenticity === 'verified') await this.parts.intake.met(from, authorOf(parsed, from));
  }

  private accept(mail: WholeMail, envelope: Envelope, group: Group, first: boolean): Promise<readonly Accepted[]> {
    const routes = distinct(group.recipients.flatMap((recipient) => recipient.routes));
    const id = first ? envelope.id : newMessageId(this.parts.clock());
    return this.parts.intake.accept(this.messageOf(mail, envelope, group, id), routes);
  }

  private messageOf({ parsed, from, judged, spam }: WholeMail, envelope: Envelope, { wish, shown, cameBy, ordinary }: Group, id: string): Message {
    if (from === undefined) throw new Error('a mail without an author was to be handed in');
    const senderName = parsed.from[0]?.name;
    const [only, ...more] = envelope.recipients;
    const message = fromMail(parsed, {
      id,
      now: this.parts.clock(),
      from,
      authenticity: judged.authenticity,
      wantsReceipt: wish === 'success',
      original: envelope.id,
      longText: this.longText(shown),
      ...(only !== undefined && more.length === 0 && { recipient: only.address }),
      ...(cameBy !== undefined && { cameBy }),
      ...(spam !== undefined && { spam }),
      ...(ordinary && { ordinary: true as const }),
      ...(senderName !== undefined && { senderName }),
      ...(envelope.from !== undefined && { envelopeFrom: envelope.from }),
      ...(envelope.envelopeId !== undefined && { envelopeId: envelope.envelopeId }),
    });
    if (wish !== 'never' && judged.returnPathHolds) return message;
    const { returnTo: _, ...silent } = message;
    return silent;
  }
}

function hasOutlet({ routes }: Recipient): boolean {
  return routes.some(({ outlet }) => outlet !== 'bounce');
}

function wayOf({ routes: [route] }: Recipient): Pick<Exclude<Route, { outlet: 'bounce' }>, 'cameBy' | 'ordinary'> {
  return route === undefined || route.outlet === 'bounce' ? {} : route;
}

function wishOf({ notify }: Recipient): Wish {
  if (notify.includes('NEVER')) return 'never';
  return notify.includes('SUCCESS') ? 'success' : 'default';
}

function addressOf(route: Route): Address | undefined {
  return route.outlet === 'bounce' ? undefined : route.recipient;
}

/** Two recipients may lead to the same person, such as postmaster and abuse; what takes all mail counts (RFC 5321 §4.5.1). */
function distinct(routes: readonly Route[]): Route[] {
  const byAddress = new Map<string, Route>();
  for (const route of routes) {
    const address = addressOf(route);
    const key = address === undefined ? '' : formatAddress(address);
    if (!byAddress.has(key) || (route.outlet === 'xmpp' && route.operators === true)) byAddress.set(key, route);
  }
  return [...byAddress.values()];
}

/** One answer for a recipient with several routes: try again if any is to be, else good if any is. */
function resultOf(routes: readonly Route[], accepted: readonly Accepted[]): Result {
  const results = new Map(accepted.map(({ recipient, result }) => [formatAddress(recipient), result]));
  const all = routes.flatMap((route) => {
    const address = addressOf(route);
    return address === undefined ? [] : [results.get(formatAddress(address))];
  });
  const failures = all.filter(isFailure);
  const temporary = failures.find(({ kind }) => kind === 'temporary');
  if (temporary !== undefined) return temporary;
  return failures.length === all.length && failures[0] !== undefined ? failures[0] : 'accepted';
}
