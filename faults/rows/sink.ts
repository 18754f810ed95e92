/** The mail server outside misbehaves at every command; the clock is ours, so that schedules are looked at and not waited for. */
import { randomInt } from 'node:crypto';
import type { Figure } from '../../bench/figure.js';
import type { SqliteStore } from '../../src/store/sqlite.js';
import { DROP, HANG, KEEP_AND_DROP, ScriptedRelay, type Behaviour, type Step } from '../../test/smtp-out/scripted-relay.js';
import { Checker } from '../checker.js';
import { counter, named } from '../figures.js';
import { freshStore, Outbox, SCHEDULE, type Attempt } from '../outbox.js';
import type { Row } from '../row.js';

const STEPS = ['connect', 'ehlo', 'mail', 'rcpt', 'data', 'dot', 'rset', 'quit'] as const;
/** What is said of a message there is its end; what is said elsewhere is about our link, and the message waits. */
const OF_THE_MESSAGE: ReadonlySet<Step> = new Set(['mail', 'rcpt', 'data', 'dot']);
const FAULTS = ['4xx', '5xx', 'hang', 'drop', 'drop when taken'] as const;
type Fault = (typeof FAULTS)[number];

const TIMES = 2;
const PAIRS = 3;
const PER_PAIR = 3;
const RELEASE_SLACK_MS = 1_000;
const SHORT_RANDOM = 60;
const LONG_RANDOM = 1_000;

/** Which fault, if any, the relay shows at a step. @param nth how often the step was reached before */
type Plan = (step: Step, nth: number) => Fault | undefined;

export const sink: Row = {
  id: 'sink',
  title: 'The mail server misbehaving at every command, on a clock of our own',
  servers: [],
  run: async (context) => {
    const { store, remove } = await freshStore();
    context.cleanUp(remove);
    const figures: Figure[] = [];
    for (const [title, offers] of [['plain', []], ['pipelining', ['PIPELINING', '8BITMIME', 'SIZE 1000000']]] as const) {
      const run = new Run(store, offers);
      for (const cell of cells()) await run.one(cell.name, cell.plan, PAIRS, PER_PAIR);
      figures.push(...run.figures(`${title} relay, ${cells().length} faults one by one`));
      context.say(`${title}: every command and fault`);
      const chaos = new Run(store, offers, true);
      const messages = context.long ? LONG_RANDOM : SHORT_RANDOM;
      await chaos.one('random', atRandom, messages / 10, 10);
      figures.push(...chaos.figures(`${title} relay, faults at random, ${messages} chats`));
    }
    return figures;
  },
};

/** Every step with every fault that it can show, each time the first times that the step is reached. */
function cells(): { name: string; plan: Plan }[] {
  const possible = STEPS.flatMap((step) => FAULTS.filter((fault) => fault !== 'drop when taken' || step === 'dot').map((fault) => ({ step, fault })));
  return possible.map(({ step, fault }) => ({
    name: `${step}-${fault.replaceAll(' ', '-')}`,
    plan: (reached, nth) => {
      if (reached === step && nth < TIMES) return fault;
      // Nobody resets a session in which all goes well.
      return step === 'rset' && reached === 'rcpt' && nth < TIMES ? '4xx' : undefined;
    },
  }));
}

/** One step in twelve goes wrong; few of them hang, as each of those is waited for. */
const atRandom: Plan = (step) => {
  if (randomInt(12) > 0 || !(STEPS as readonly Step[]).includes(step)) return undefined;
  const fault = FAULTS[randomInt(FAULTS.length)];
  if (fault === 'hang' && randomInt(4) > 0) return 'drop';
  return fault === 'drop when taken' && step !== 'dot' ? 'drop' : fault;
};

/** Chats through faults, and all that is known of them. */
class Run {
  readonly #checker = new Checker();
  readonly #attempts: Attempt[] = [];
  #permanent = 0;
  #takenAndDropped = 0;

  constructor(
    private readonly store: SqliteStore,
    private readonly offers: readonly string[],
    private readonly random = false,
  ) {}

  async one(name: string, plan: Plan, pairs: number, perPair: number): Promise<void> {
    const relay = await ScriptedRelay.start({ offers: this.offers });
    relay.script = { offers: this.offers, at: (step, nth) => this.#misbehave(step, plan(step, nth)) };
    const outbox = new Outbox({ store: this.store, relayPort: relay.port, bounced: (id) => this.#checker.bounced(id) });
    for (let i = 0; i < pairs * perPair; i++) {
      const [id, contact] = [`${name}-${i}`, `${name}-${i % pairs}`];
      this.#checker.sent(id, contact);
      await outbox.take(id, { kind: 'mail', local: contact, domain: 'montague.test' });
      this.#checker.answered(id);
    }
    await outbox.run().finally(() => relay.stop());
    this.#attempts.push(...outbox.attempts);
    for (const { raw } of relay.mails) this.#arrived(raw.toString('latin1'));
  }

  #misbehave(step: Step, fault: Fault | undefined): Behaviour | undefined {
    switch (fault) {
      case undefined:
        return undefined;
      case '4xx':
        return '451 4.3.0 Not now';
      case '5xx':
        if (OF_THE_MESSAGE.has(step)) this.#permanent++;
        return '554 5.7.1 Not from you';
      case 'hang':
        return HANG;
      case 'drop':
        return DROP;
      case 'drop when taken':
        this.#takenAndDropped++;
        return KEEP_AND_DROP;
    }
  }

  #arrived(raw: string): void {
    const [, id = ''] = /chat ([\w-]+)\./.exec(raw) ?? [];
    const [, name = ''] = /^message-id: *<([^>]+)>/im.exec(raw) ?? [];
    this.#checker.arrived(id, name);
  }

  figures(title: string): Figure[] {
    const verdict = this.#checker.verdict();
    const count = counter(`smtp-sink misbehaving · ${title}`, null);
    // At random, a 5xx may go unheard, and two may be the answer to one group of commands: there the client's word counts.
    const refused = this.random ? this.#attempts.filter(({ outcome }) => outcome === 'failed').length : this.#permanent;
    const errors = Math.abs(verdict.bounced - refused) + verdict.overbounced.length;
    const astray = offSchedule(this.#attempts);
    const deferred = this.#attempts.filter(({ outcome }) => outcome === 'deferred').length;
    return [
      count('chats', 'lost', verdict.lost.length, 0, `${verdict.sent} chats, ${verdict.arrived} mailed, ${verdict.bounced} came back ${named(verdict.lost)}`),
      count('error stanzas more or fewer than one for each 5xx', 'errors', errors, 0, `${this.#permanent} times 5xx${this.random ? `, ${refused} chats refused by them` : ''}`),
      count('tries off the schedule', 'tries', astray.length, 0, `${deferred} deferrals in ${this.#attempts.length} tries ${named(astray)}`),
      count('mailed and tried again', 'chats', verdict.repeats + verdict.contradicted.length, this.#takenAndDropped, `${this.#takenAndDropped} times taken by the relay and not said; ${verdict.contradicted.length} of those then refused`),
      count('mailed twice under another Message-ID', 'chats', verdict.renamed.length, 0, named(verdict.renamed)),
      count('out of order', 'chats', verdict.disordered.length, 0, named(verdict.disordered)),
    ];
  }
}

/**
 * The ids of tries that came before the time that the schedule sets after a deferral, or noticeably after it. What was
 * released, because another message had found the relay down, is tried a moment later and counts for no try.
 */
export function offSchedule(attempts: readonly Attempt[]): string[] {
  const last = new Map<string, { at: number; deferrals: number }>();
  const astray: string[] = [];
  for (const { id, at, outcome } of attempts) {
    if (outcome === 'released') continue;
    const before = last.get(id);
    const late = before === undefined ? 0 : at - before.at - (SCHEDULE[Math.min(before.deferrals, SCHEDULE.length) - 1] ?? 0);
    if (late < 0 || late > RELEASE_SLACK_MS) astray.push(`${id} by ${late} ms`);
    last.set(id, { at, deferrals: (before?.deferrals ?? 0) + (outcome === 'deferred' ? 1 : 0) });
  }
  return astray;
}
