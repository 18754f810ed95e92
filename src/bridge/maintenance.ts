/** Maintenance: nothing new is taken, what is here goes on being delivered. Kept in the store, so that it outlives a restart. */
import type { Address, Jid, MailAddress } from '../address.js';
import type { Clock } from '../clock.js';
import type { Accepted, Arrival, Intake, MailAdmission, Person, Route } from '../edge.js';
import { Failure } from '../failure.js';
import type { Log } from '../log.js';
import type { Message, MessageId, Report } from '../message.js';
import type { SwitchStore } from '../store/switches.js';

export interface MaintenanceState {
  readonly on: boolean;
  /** What senders are told; one line. */
  readonly text: string;
  /** When it was switched, ms since the epoch. */
  readonly at: number;
}

const NAME = 'maintenance';
const OFF: MaintenanceState = { on: false, text: '', at: 0 };
const DEFAULT_TEXT = 'The mail gateway is under maintenance. Please try again later.';
/** UTF-16 units: it stands in one SMTP reply (RFC 5321 §4.5.3.1.5: 512 octets). */
const LONGEST = 300;
/** RFC 3463 §3.4: system not accepting network messages. */
const STATUS = '4.3.2';

export interface MaintenanceParts {
  readonly switches: SwitchStore;
  readonly clock: Clock;
  readonly log: Log;
  /** It was switched, or has another text. */
  readonly changed: () => void;
}

/** Rejects as the store does. @param text as typed; empty for the usual one. @returns what is kept now */
export async function switchMaintenance(on: boolean, text: string, { switches, clock }: Pick<MaintenanceParts, 'switches' | 'clock'>): Promise<MaintenanceState> {
  const words = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim().slice(0, LONGEST);
  const state = { on, text: on ? words || DEFAULT_TEXT : '', at: clock() };
  await switches.setSwitch(NAME, state);
  return state;
}

/** Rejects as the store does. */
export async function maintenanceIn(switches: SwitchStore): Promise<MaintenanceState> {
  const kept = await switches.switchOf(NAME);
  return isState(kept) ? kept : OFF;
}

export class Maintenance {
  private current = OFF;

  constructor(private readonly parts: MaintenanceParts) {}

  /** Before anything is taken in, and whenever another process may have switched it. Rejects as the store does. */
  async load(): Promise<void> {
    this.take(await maintenanceIn(this.parts.switches));
  }

  get state(): MaintenanceState {
    return this.current;
  }

  /** Rejects as the store does. */
  async switch(on: boolean, text: string): Promise<MaintenanceState> {
    this.take(await switchMaintenance(on, text, this.parts));
    return this.current;
  }

  /** Why nothing is taken now, if so. */
  refusal(): Failure | undefined {
    return this.current.on ? Failure.temporary('overloaded', this.current.text, { status: STATUS }) : undefined;
  }

  private take(state: MaintenanceState): void {
    const { on, text } = this.current;
    this.current = state;
    if (state.on === on && state.text === text) return;
    this.parts.log.info({ text: state.text }, state.on ? 'maintenance: nothing new is taken' : 'the maintenance is over');
    this.parts.changed();
  }
}

/** The intake as it is during maintenance as well. Who may write to whom stays as it is: rosters and presence go by that. */
export class GuardedIntake implements Intake {
  constructor(
    private readonly intake: Intake,
    private readonly maintenance: Pick<Maintenance, 'refusal'>,
  ) {}

  admitChat(from: Jid, to: MailAddress): Route | Failure {
    return this.intake.admitChat(from, to);
  }

  admitPeople(from: Jid, to: readonly MailAddress[]): readonly Route[] | Failure {
    return this.intake.admitPeople(from, to);
  }

  admitMail(recipient: MailAddress, arrival: Arrival): MailAdmission | Promise<MailAdmission> {
    const refusal = this.maintenance.refusal();
    return refusal === undefined ? this.intake.admitMail(recipient, arrival) : inAscii(refusal);
  }

  typing(from: Jid, to: MailAddress, state: 'composing' | 'paused' | 'gone'): Promise<void> {
    return this.intake.typing(from, to, state);
  }

  accept(message: Message, routes: readonly Route[]): Promise<readonly Accepted[]> {
    const refusal = this.maintenance.refusal();
    if (refusal === undefined) return this.intake.accept(message, routes);
    const result = message.source === 'mail' ? inAscii(refusal) : refusal;
    return Promise.resolve(routes.flatMap((route) => (route.outlet === 'bounce' ? [] : [{ recipient: route.recipient, result }])));
  }

  /** The home server has it. */
  async copied(from: Jid, to: MailAddress, message: Message): Promise<void> {
    if (this.maintenance.refusal() === undefined) await this.intake.copied(from, to, message);
  }

  reported(id: MessageId, recipient: Address | undefined, state: Report['state'], failure?: Failure, tag?: string): Promise<void> {
    return this.intake.reported(id, recipient, state, failure, tag);
  }

  met(author: MailAddress, person: Person): Promise<void> {
    return this.intake.met(author, person);
  }

  untold(message: Message, recipient: Address, failure: Failure): Promise<void> {
    return this.intake.untold(message, recipient, failure);
  }

  refused(from: string, to: string, failure: Failure): void {
    this.intake.refused(from, to, failure);
  }
}

/** RFC 5321 §4.2: the text of a reply is ASCII. */
function inAscii({ reason, text, status }: Failure): Failure {
  return Failure.temporary(reason, /^[\x20-\x7e]*$/.test(text) ? text : DEFAULT_TEXT, { status });
}

function isState(kept: unknown): kept is MaintenanceState {
  return typeof kept === 'object' && kept !== null && 'on' in kept && typeof kept.on === 'boolean' && 'text' in kept && typeof kept.text === 'string' && 'at' in kept && typeof kept.at === 'number';
}
