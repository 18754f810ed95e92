/** Claims, settlements and reports for the store's contract. */
import { Failure } from '../../src/failure.js';
import type { MessageId } from '../../src/message.js';
import type { ClaimedLane, Settlement } from '../../src/store/lanes.js';
import type { NewMessage } from '../../src/store/new-message.js';
import type { Store } from '../../src/store/store.js';
import { DAY, T0 } from './samples.js';

export const refused = Failure.permanent('no-such-recipient', 'No such user.').toRecord();
export const greylisted = Failure.temporary('remote-refused', 'Try later.', { remote: '450 4.2.0 greylisted' }).toRecord();

export const idsOf = (lane: ClaimedLane | undefined): MessageId[] => (lane?.deliveries ?? []).map((delivery) => delivery.message.id);
export const settlement = (lane: string, parts: Partial<Settlement>): Settlement => ({ lane, ended: [], deferred: [], reports: [], at: T0, ...parts });

export async function claimOne(store: Store, outlet: 'smtp' | 'xmpp' = 'smtp', now = T0): Promise<ClaimedLane> {
  const [lane] = await store.claim(outlet, 1, 1, now);
  if (lane === undefined) throw new Error('nothing to claim');
  return lane;
}

export async function handOver(store: Store, outlet: 'smtp' | 'xmpp' = 'smtp', now = T0): Promise<ClaimedLane> {
  const lane = await claimOne(store, outlet, now);
  const ended = lane.deliveries.map(({ seq }) => ({ seq, state: 'handed-over' as const }));
  await store.settle(settlement(lane.lane, { ended, dueAt: now, at: now }));
  return lane;
}

/** A report to the sender, as the bridge makes it. */
export function reportOn({ message, deliveries }: NewMessage, id: MessageId): NewMessage {
  const { ids, acceptedAt } = message;
  const recipient = deliveries[0]!.recipient;
  const report = { state: 'failed', about: { id: message.id, ids, acceptedAt }, recipient } as const;
  const reportMessage = { ...message, id, source: 'gateway', sender: recipient, origin: 'auto-replied', ids: {}, report } as const;
  return {
    message: reportMessage,
    deliveries: [{ outlet: 'xmpp', recipient: message.returnTo ?? message.sender, dueAt: T0, expiresAt: T0 + DAY }],
  };
}
