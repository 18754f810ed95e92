/**
 * The way of chat messages from the store to a relay and of its errors back, with a clock of its own: store, queues and outlet
 * are the gateway's, and time moves only when nothing is left to do.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import type { MailAddress } from '../src/address.js';
import { reportFor } from '../src/bridge/report.js';
import type { Outcome, Outlet } from '../src/edge.js';
import { isFailure } from '../src/failure.js';
import { newMessageId, type Delivery, type OutletName } from '../src/message.js';
import { Queue } from '../src/queue/queue.js';
import { SmtpOutlet } from '../src/smtp-out/edge.js';
import { openSqliteStore, type SqliteStore } from '../src/store/sqlite.js';
import { toStanzas } from '../src/translate/to-stanza.js';

const DAY = 86_400_000;
const NOON = Date.UTC(2026, 0, 2, 12);
export const SCHEDULE = [60_000, 300_000, 900_000];
const GATEWAY = { domain: 'mail.example.test', home: 'example.test', separator: '%' } as const;
const JULIET = { kind: 'jid', local: 'juliet', domain: 'example.test', resource: 'phone' } as const;
const log = pino({ level: 'silent' });
const STEP_MS = 2;
const DEADLINE_MS = 60_000;

/** A try of one message, as the clock of the outbox has it. */
export interface Attempt {
  readonly id: string;
  readonly at: number;
  readonly outcome: Outcome['state'];
}

export interface OutboxOptions {
  readonly store: SqliteStore;
  readonly relayPort: number;
  /** Called for each error stanza, with the id of the message it is about. */
  readonly bounced: (id: string) => void;
}

/** Opens a store in a directory of its own; the second function removes it. */
export async function freshStore(): Promise<{ store: SqliteStore; remove: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'stanzapost-outbox-'));
  const store = await openSqliteStore(join(dir, 'store.db'), {}, log);
  if (isFailure(store)) throw new Error(store.text);
  return {
    store,
    remove: async () => {
      await store.close();
      await rm(dir, { recursive: true });
    },
  };
}

export class Outbox {
  readonly attempts: Attempt[] = [];
  #now = NOON;
  #claiming = 0;
  readonly #relay: SmtpOutlet;
  readonly #queues: Readonly<Record<OutletName, Queue>>;

  constructor(private readonly options: OutboxOptions) {
    const clock = (): number => this.#now;
    // Short, since a relay that hangs is waited for in earnest.
    const patience = { openMs: 300, answerMs: 300, probe: { firstMs: 5, mostMs: 20 } };
    const relay = { protocol: 'smtp', host: '127.0.0.1', port: options.relayPort } as const;
    this.#relay = new SmtpOutlet({ relay, connections: 3, messagesPerConnection: 4, ...patience }, { gateway: GATEWAY, log, clock, nameOf: () => Promise.resolve(undefined) });
    const rules = (): Parameters<typeof reportFor>[1] => ({ now: this.#now, lifetime: 5 * DAY, domain: GATEWAY.domain });
    const queue = (outlet: Outlet): Queue =>
      new Queue({
        store: this.#watchedStore(),
        outlet,
        clock,
        log,
        policy: { retry: { schedule: SCHEDULE, jitter: 0 }, overdueEvery: DAY },
        reportFor: (facts) => reportFor(facts, rules()),
        wake: (name) => this.#queues[name].wake(),
      });
    this.#queues = { smtp: queue(this.#watched()), xmpp: queue(this.#client()) };
  }

  /** Stores one chat message of Juliet's, as the bridge does. */
  async take(id: string, to: MailAddress): Promise<void> {
    const message = {
      id: newMessageId(this.#now),
      source: 'xmpp',
      sender: { ...JULIET, resource: '' },
      returnTo: JULIET,
      origin: 'person',
      authenticity: 'verified',
      ids: { stanza: id },
      text: `chat ${id}.`,
      attachments: [],
      acceptedAt: this.#now,
      wantsReceipt: false,
    } as const;
    await this.options.store.accept([{ message, deliveries: [{ outlet: 'smtp', recipient: to, dueAt: this.#now, expiresAt: this.#now + 5 * DAY }] }]);
  }

  /** Runs until nothing waits; the clock jumps to the next try whenever nothing is left to do before it. */
  async run(): Promise<void> {
    const end = Date.now() + DEADLINE_MS;
    for (const queue of Object.values(this.#queues)) queue.start();
    for (;;) {
      if (Date.now() > end) throw new Error(`not all was sent within ${DEADLINE_MS} ms`);
      const next = await this.#next();
      if (next === 'nothing waits') break;
      if (next !== 'busy') this.#now = Math.max(this.#now, next);
      for (const queue of Object.values(this.#queues)) queue.wake();
      await delay(STEP_MS);
    }
    for (const queue of Object.values(this.#queues)) await queue.stop(1_000);
    await this.#relay.close();
  }

  /** When the next try is due, once all that is due now is done. */
  async #next(): Promise<number | 'busy' | 'nothing waits'> {
    if (this.#busy) return 'busy';
    const { store } = this.options;
    const dues = await Promise.all([store.nextDue('smtp'), store.nextDue('xmpp')]);
    if (this.#busy) return 'busy';
    const due = Math.min(...dues.map((one) => one ?? Infinity));
    if (due === Infinity) return 'nothing waits';
    return due <= this.#now ? 'busy' : due;
  }

  get #busy(): boolean {
    return this.#claiming > 0 || !this.#relay.ready || Object.values(this.#queues).some(({ stats }) => stats.inHand > 0);
  }

  /** The store, with every claim under way counted: what it will give is not in hand yet. */
  #watchedStore(): Pick<SqliteStore, 'claim' | 'settle' | 'nextDue' | 'overdue'> {
    const { store } = this.options;
    return {
      claim: (...args) => {
        this.#claiming++;
        return store.claim(...args).finally(() => setImmediate(() => this.#claiming--));
      },
      settle: (settlement) => store.settle(settlement),
      nextDue: (outlet) => store.nextDue(outlet),
      overdue: (...args) => store.overdue(...args),
    };
  }

  /** The outlet to the relay, with every try noted. */
  #watched(): Outlet {
    const relay = this.#relay;
    return {
      name: 'smtp',
      keepsOrder: relay.keepsOrder,
      concurrency: relay.concurrency,
      get ready() {
        return relay.ready;
      },
      onReady: (listener) => relay.onReady(listener),
      deliver: async (delivery) => {
        const at = this.#now;
        const outcome = await relay.deliver(delivery);
        this.attempts.push({ id: delivery.message.ids.stanza ?? '', at, outcome: outcome.state });
        return outcome;
      },
    };
  }

  /** Juliet's client, who hears of what failed. */
  #client(): Outlet {
    return { name: 'xmpp', keepsOrder: true, concurrency: 100, ready: true, onReady: () => undefined, deliver: (delivery) => Promise.resolve(this.#hear(delivery)) };
  }

  #hear(delivery: Delivery): Outcome {
    const stanzas = toStanzas(delivery, { gateway: GATEWAY, maxBytes: 100_000, now: this.#now });
    if (isFailure(stanzas)) return { state: 'failed', failure: stanzas };
    for (const { attrs } of stanzas) if (attrs.type === 'error') this.options.bounced(String(attrs.id));
    return { state: 'handed-over' };
  }
}
