/** An outlet whose answers a test decides, and a queue around it on a real store. */
import { onTestFinished, vi } from 'vitest';
import { formatAddress } from '../../src/address.js';
import type { ReportFacts } from '../../src/bridge/report.js';
import type { Outcome, Outlet } from '../../src/edge.js';
import type { Delivery, OutletName } from '../../src/message.js';
import { Queue, type QueueParts } from '../../src/queue/queue.js';
import type { NewMessage } from '../../src/store/new-message.js';
import type { Store } from '../../src/store/store.js';
import { openHere, quiet } from '../store/files.js';
import { chat, DAY, romeo, T0 } from '../store/samples.js';

export type Answer = (delivery: Delivery) => Outcome | Promise<Outcome>;

export const handedOver: Answer = () => ({ state: 'handed-over' });

export class TestOutlet implements Outlet {
  readonly name: OutletName = 'smtp';
  keepsOrder = false;
  concurrency = 5;
  ready = true;
  answer: Answer = handedOver;
  deliverBurst?: (burst: readonly Delivery[]) => Promise<readonly Outcome[]>;
  /** Every delivery tried, by its message's text, in order; of a burst `one+two`. */
  readonly tried: string[] = [];
  underWay = 0;
  mostUnderWay = 0;
  private listener = (): void => undefined;

  onReady(listener: () => void): void {
    this.listener = listener;
  }

  connect(): void {
    this.ready = true;
    this.listener();
  }

  async deliver(delivery: Delivery): Promise<Outcome> {
    return this.attempt(delivery.message.text, delivery);
  }

  /** One try of all, which ends as `answer` says of the first. A test sets it as `deliverBurst`. */
  readonly together = async (burst: readonly Delivery[]): Promise<readonly Outcome[]> => {
    const [first] = burst;
    if (first === undefined) return [];
    const outcome = await this.attempt(burst.map(({ message }) => message.text).join('+'), first);
    return burst.map(() => outcome);
  };

  private async attempt(tried: string, delivery: Delivery): Promise<Outcome> {
    this.tried.push(tried);
    this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
    try {
      return await this.answer(delivery);
    } finally {
      this.underWay--;
    }
  }
}

/** A queue that is not started, on a real store, with a clock that stands still until it is set. */
export function testQueue(change: (parts: QueueParts) => Partial<QueueParts> = () => ({})) {
  const { store } = openHere();
  const outlet = new TestOutlet();
  const time = { now: T0 };
  const facts: ReportFacts[] = [];
  const woken: OutletName[] = [];
  const parts: QueueParts = {
    store,
    outlet,
    clock: () => time.now,
    log: quiet,
    policy: { retry: { schedule: [60_000, 300_000], jitter: 0 }, overdueEvery: 20 },
    reportFor: (of) => {
      facts.push(of);
      return reportOn(of, facts.length);
    },
    wake: (name) => woken.push(name),
  };
  const make = (): Queue => {
    const queue = new Queue({ ...parts, ...change(parts) });
    onTestFinished(() => queue.stop(200));
    return queue;
  };
  return { store, outlet, time, facts, woken, make };
}

function reportOn({ message, recipient, state }: ReportFacts, n: number): NewMessage {
  const about = { id: message.id, ids: message.ids, acceptedAt: message.acceptedAt };
  return {
    message: { ...message, id: `report-${n}`, source: 'gateway', sender: recipient, ids: {}, report: { state, about, recipient } },
    deliveries: [{ outlet: 'xmpp', recipient: message.sender, dueAt: T0, expiresAt: T0 + DAY }],
  };
}

/** The states of all deliveries, oldest first: `romeo@montague.example waiting 1`. */
export async function states(store: Store): Promise<string[]> {
  const entries = [...(await store.list({ limit: 1_000 }))];
  return entries.reverse().map((entry) => `${entry.recipient} ${entry.state} ${entry.attempts}`);
}

export const nameOf = ({ recipient }: Delivery): string => formatAddress(recipient);

/** Waits until `check` throws no more; the deadline is far longer than any of a queue's steps takes. */
export const until = (check: () => unknown, timeout = 15_000): Promise<unknown> => vi.waitFor(check, { timeout, interval: 5 });

/** `n` chat messages to one recipient: `romeo 0`, `romeo 1`, … */
export const texts = (n: number, to = romeo): NewMessage[] => Array.from({ length: n }, (_, i) => chat(to, { text: `${to.local} ${i}` }));
