/** The messages of what is claimed: the newest are in memory still, those before are read from the file. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SparingLog } from '../log.js';
import type { OutletName } from '../message.js';
import type { ClaimedLane } from './lanes.js';
import type { NewMessage } from './new-message.js';
import { type PackedAccept, type PackedLane, unpackContent, unpackDelivery } from './packed.js';
import { Recent, type Content } from './recent.js';
import type { ThreadCalls, Value } from './thread.js';

const READ_AGAIN_MS = 500;

export class ClaimedContents {
  private readonly recent = new Recent();

  constructor(
    private readonly calls: ThreadCalls,
    private readonly trouble: SparingLog,
  ) {}

  /** What is stored from this `seq` on is most likely in memory: a claim need not send it. */
  get from(): number {
    return this.recent.from;
  }

  /** Holds what will soon be claimed. @returns what was claimed at once */
  accepted(messages: readonly NewMessage[], { seqs, claimed }: PackedAccept): ClaimedLane[] {
    const claims = new Map(claimed.map((one) => [one.seq, one]));
    const lanes: ClaimedLane[] = [];
    messages.forEach(({ message, deliveries }, i) => {
      deliveries.forEach(({ outlet, recipient, hold }, j) => {
        const seq = seqs[i]?.[j] ?? 0;
        const claim = claims.get(seq);
        if (claim !== undefined) lanes.push({ lane: claim.lane, deliveries: [{ seq, outlet, message, recipient, attempts: 0, context: claim.context }] });
        else if (seq > 0 && hold === undefined) this.recent.add(seq, { message, recipient });
      });
    });
    return lanes;
  }

  async unpack(lanes: readonly PackedLane[], outlet: OutletName): Promise<ClaimedLane[]> {
    const contents = await this.contentsOf(lanes);
    return lanes.map(({ lane, deliveries }) => ({ lane, deliveries: deliveries.map((one) => unpackDelivery(one, outlet, contents.get(one.seq))) }));
  }

  /** Of what came without it: from memory, else from the file. */
  private async contentsOf(lanes: readonly PackedLane[]): Promise<ReadonlyMap<number, Content>> {
    const contents = new Map<number, Content>();
    const missing: number[] = [];
    for (const { seq, content } of lanes.flatMap(({ deliveries }) => deliveries)) {
      const held = this.recent.take(seq);
      if (held !== undefined) contents.set(seq, held);
      else if (content === undefined) missing.push(seq);
    }
    const read = missing.length === 0 ? [] : await this.readUntilDone(missing);
    missing.forEach((seq, i) => {
      const packed = read[i];
      if (packed !== undefined) contents.set(seq, unpackContent(packed));
    });
    return contents;
  }

  /** Their lanes are claimed: nobody else would ever try them. */
  private async readUntilDone(seqs: readonly number[]): Promise<Value<'contents'>> {
    for (;;) {
      try {
        return await this.calls.call('contents', [seqs]);
      } catch (error) {
        if (this.calls.over) throw error;
        this.trouble.error({ err: error }, 'what was claimed could not be read yet');
        await sleep(READ_AGAIN_MS, undefined, { ref: false });
      }
    }
  }
}
