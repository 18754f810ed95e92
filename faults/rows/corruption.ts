/**
 * Damaged files: a bit of the store in each of a hundred pages, its log, the whole database. What is damaged is found at the
 * start or at first use and told, and a refused start overwrites nothing; what is served is what was accepted.
 */
import { createHash } from 'node:crypto';
import { alone, type Figure } from '../../bench/figure.js';
import { connectClient, type TestClient } from '../../test/servers/client.js';
import { waitUntil } from '../../test/servers/wait.js';
import { copyOf, flips, restore, SIDE_FILES, untouched, WHOLE_FILES, type Copy, type Damage } from '../damage.js';
import { logLines, openHouse, type House } from '../house.js';
import { serverOf, type Context, type Row } from '../row.js';

const START_DEADLINE_MS = 20_000;
/** Nothing came for so long: nothing more comes. */
const STALL_MS = 2_500;

export const corruption: Row = {
  id: 'corruption',
  title: 'damaged files of the store',
  servers: ['prosody'],
  run: (context) => new Trial(context).run(),
};

type End = 'refused' | 'intact' | 'told in part' | 'silent' | 'overwritten';

interface Verdict {
  readonly damage: string;
  readonly end: End;
  readonly note: string;
}

class Trial {
  private house!: House;
  private juliet!: TestClient;
  /** What was accepted, by id. */
  private readonly texts = new Map<string, string>();

  constructor(private readonly context: Context) {}

  async run(): Promise<Figure[]> {
    const { context } = this;
    this.house = await openHouse(context);
    const { killed, stopped } = await this.fill(context.long ? 120 : 30);
    this.juliet = await connectClient(this.house.server, 'juliet');
    context.cleanUp(() => this.juliet.close());
    restore(this.path, stopped);
    const bits = await this.all(stopped, flips(this.path, context.long ? 100 : 3, seeded(7)));
    const files = await this.all(killed, context.long ? WHOLE_FILES : WHOLE_FILES.slice(1, 4));
    const side = await this.all(killed, context.long ? SIDE_FILES : []);
    return [...this.figures('a flipped bit in each page', bits), ...this.figures('whole files', files), ...this.figures('files that hold nothing', side)];
  }

  private get path(): string {
    return this.house.gateway.storePath;
  }

  /** Mails that wait, as the XMPP server is away: as a kill leaves them, and as a stop does. */
  private async fill(mails: number): Promise<{ killed: Copy; stopped: Copy }> {
    const { house } = this;
    await house.server.stop();
    for (const half of [0, 1]) {
      await house.gateway.launch();
      for (let i = 0; i < mails / 2; i++) await this.accept(`${half}-${i}`);
      if (half === 0) await house.gateway.stop();
      else await house.gateway.kill();
    }
    const killed = copyOf(this.path);
    await house.gateway.launch();
    await house.gateway.stop();
    await house.server.start();
    return { killed, stopped: copyOf(this.path) };
  }

  private async accept(id: string): Promise<void> {
    const text = createHash('sha512').update(id).digest('hex').repeat(5);
    if ((await this.house.post(id, text)) !== 250) throw new Error(`a healthy gateway refused a mail\n${this.house.gateway.log()}`);
    this.texts.set(id, `[${id}] ${text}`);
  }

  private async all(copy: Copy, damages: readonly Damage[]): Promise<Verdict[]> {
    const verdicts: Verdict[] = [];
    for (const damage of damages) {
      restore(this.path, copy);
      damage.apply(this.path);
      const verdict = await this.start(damage.name);
      if (verdict.end !== 'intact' || this.context.long) this.context.say(`${damage.name}: ${verdict.end}, ${verdict.note}`);
      verdicts.push(verdict);
    }
    return verdicts;
  }

  private async start(damage: string): Promise<Verdict> {
    const damaged = copyOf(this.path);
    this.juliet.received.length = 0;
    const process = this.house.gateway.spawn();
    try {
      await waitUntil('it is ready or ends', async () => !process.running || (await this.house.gateway.ready()), START_DEADLINE_MS);
      if (!process.running) return this.refused(damage, process.exitCode, process.output(), damaged);
      await this.settle();
      return this.served(damage, process.output());
    } finally {
      await process.kill();
    }
  }

  private refused(damage: string, code: number | null, output: string, damaged: Copy): Verdict {
    const told = code !== null && code !== 0 && output.includes(this.path);
    if (!untouched(this.path, damaged)) return { damage, end: 'overwritten', note: `exit code ${code}` };
    const [reason = ''] = /"text":"[^"]*"/.exec(output) ?? [];
    return { damage, end: told ? 'refused' : 'silent', note: `exit code ${code} ${reason.slice(0, 200)}` };
  }

  /** Until all has come, or nothing more comes. */
  private async settle(): Promise<void> {
    let seen = -1;
    let since = Date.now();
    await waitUntil('the queue is empty or stands still', () => {
      const { length } = this.bodies();
      if (length !== seen) since = Date.now();
      seen = length;
      return length >= this.texts.size || Date.now() - since > STALL_MS;
    }, START_DEADLINE_MS);
  }

  private bodies(): string[] {
    // A contact that is suggested (XEP-0144) is no mail.
    const mails = this.juliet.received.filter((stanza) => stanza.is('message') && stanza.getChild('x', 'http://jabber.org/protocol/rosterx') === undefined);
    return mails.map((stanza) => stanza.getChildText('body') ?? '');
  }

  private served(damage: string, output: string): Verdict {
    const good = new Set(this.texts.values());
    const bodies = this.bodies();
    const garbled = bodies.filter((body) => !good.has(body)).length;
    const missing = [...good].filter((text) => !bodies.includes(text)).length;
    if (garbled === 0 && missing === 0) return { damage, end: 'intact', note: 'all served as accepted' };
    const told = logLines(output).filter(({ level, msg }) => level === 'error' && String(msg).includes('damaged')).length;
    return { damage, end: garbled === 0 && told >= missing ? 'told in part' : 'silent', note: `${garbled} garbled, ${missing} missing, ${told} told` };
  }

  private figures(what: string, verdicts: readonly Verdict[]): Figure[] {
    if (verdicts.length === 0) return [];
    const count = (end: End): number => verdicts.filter((verdict) => verdict.end === end).length;
    const ends = (['refused', 'told in part', 'intact'] as const).map((end) => `${count(end)} ${end}`).join(', ');
    const name = `${what} · ${serverOf(this.context)}`;
    const bad = verdicts.filter(({ end }) => end === 'silent' || end === 'overwritten').map(({ damage, note }) => `${damage}: ${note}`);
    return [
      alone({ name: `${name} · neither served as accepted nor told`, unit: 'cases', value: count('silent'), goal: 0, higherIsBetter: false, note: [`${verdicts.length} cases: ${ends}`, ...bad.slice(0, 5)].join('; ') }),
      alone({ name: `${name} · overwritten by a refused start`, unit: 'cases', value: count('overwritten'), goal: 0, higherIsBetter: false }),
    ];
  }
}

/** The same numbers in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
