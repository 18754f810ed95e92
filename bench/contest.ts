/** Contenders that do the same work in turns, so that what else the machine does meets all of them alike. */
import { against, readable, type Figure } from './figure.js';
import { cpuMs, peakMb, type Processes } from './processes.js';
import { now } from './profile.js';
import type { Context } from './row.js';

export interface Contender {
  readonly name: string;
  /** Whose CPU and memory are counted. */
  readonly processes: Processes;
  /** Messages in each turn that does not count, where the terms' number would take too long. */
  readonly warmUp?: number;
  /**
   * Makes ready what is sent, outside the time that counts.
   * @returns sends it, and resolves when every message has arrived; with how many there were, where that is not the number asked for
   */
  prepare(round: number, messages: number): Promise<() => Promise<void> | Promise<number>>;
}

export interface Terms {
  /** How long one turn is to take, about. */
  readonly seconds: number;
  /** Most messages in one turn. */
  readonly most: number;
  /** Fewest. */
  readonly least: number;
  /** Messages in each turn that does not count yet. */
  readonly warmUp: number;
}

/** What one turn showed. */
export interface Turn {
  readonly messages: number;
  /** µs of the monotonic clock. */
  readonly from: number;
  readonly ms: number;
  /** ms of CPU by process. */
  readonly cpu: Readonly<Record<string, number>>;
}

export interface Result {
  /** Messages a second, the median of the turns. */
  readonly rate: number;
  readonly slowest: number;
  readonly fastest: number;
  /** µs of CPU per message by process, medians. */
  readonly cpu: Readonly<Record<string, number>>;
  /** MB by process. */
  readonly peak: Readonly<Record<string, number>>;
}

const [FEWEST_WARM_UPS, MOST_WARM_UPS] = [3, 8] as const;
/** A turn that costs less than this part of the cheapest before it shows that the code still gets faster. */
const STEADY = 0.95;
/** A busy machine gets no more time than this for one contender; on a quiet one none needs so much. */
const [QUICK_PATIENCE_MS, PATIENCE_MS] = [6_000, 20_000] as const;

/** Results in the order of the contenders. */
export async function contest(context: Context, contenders: readonly Contender[], terms: Terms): Promise<Result[]> {
  const entries = contenders.map((contender) => ({ contender, messages: terms.warmUp, turns: [] as Turn[], warmUp: [] as number[], spent: 0 }));
  const patience = context.quick ? QUICK_PATIENCE_MS : PATIENCE_MS;
  const cold = (): typeof entries => entries.filter(({ warmUp, spent }) => spent < patience && !settled(warmUp));
  for (let round = 1; cold().length > 0; round++) {
    for (const entry of cold()) {
      const turn = await takeTurn(entry.contender, -round, entry.contender.warmUp ?? terms.warmUp);
      entry.warmUp.push(costOf(turn));
      entry.spent += turn.ms;
      entry.messages = Math.round(Math.min(terms.most, Math.max(terms.least, (turn.messages / turn.ms) * 1_000 * terms.seconds)));
    }
  }
  for (let round = 0; round < context.rounds; round++) {
    for (let place = 0; place < entries.length; place++) {
      const entry = entries[(round + place) % entries.length];
      if (entry === undefined) continue;
      const turn = await takeTurn(entry.contender, round, entry.messages);
      entry.turns.push(turn);
      context.loads.push({ from: turn.from, until: turn.from + turn.ms * 1_000, messages: turn.messages, pids: Object.values(entry.contender.processes) });
    }
  }
  return entries.map(({ contender, turns }) => summarise(turns, contender.processes));
}

/** Code runs slowly until it has been run some ten thousand times: nothing counts before a message costs what it did a turn earlier. */
export function settled(costs: readonly number[]): boolean {
  if (costs.length < FEWEST_WARM_UPS) return false;
  const [last = 0, ...earlier] = [...costs].reverse();
  return costs.length >= MOST_WARM_UPS || last >= Math.min(...earlier) * STEADY;
}

/** CPU of the process that is measured, the first one, per message. */
function costOf({ cpu, messages }: Turn): number {
  return (Object.values(cpu)[0] ?? 0) / messages;
}

async function takeTurn(contender: Contender, round: number, messages: number): Promise<Turn> {
  const { processes } = contender;
  const run = await contender.prepare(round, messages);
  const before = eachProcess(processes, cpuMs);
  const from = now();
  const sent = await run();
  const ms = (now() - from) / 1_000;
  const cpu = eachProcess(processes, (pid, name) => cpuMs(pid) - (before[name] ?? 0));
  return { messages: typeof sent === 'number' ? sent : messages, from, ms, cpu };
}

function summarise(turns: readonly Turn[], processes: Processes): Result {
  const rates = turns.map(({ messages, ms }) => (messages / ms) * 1_000);
  const cpu = eachProcess(processes, (_, name) => median(turns.map((turn) => ((turn.cpu[name] ?? 0) * 1_000) / turn.messages)));
  return { rate: median(rates), slowest: Math.min(...rates), fastest: Math.max(...rates), cpu, peak: eachProcess(processes, peakMb) };
}

function eachProcess(processes: Processes, measure: (pid: number, name: string) => number): Record<string, number> {
  return Object.fromEntries(Object.entries(processes).map(([name, pid]) => [name, measure(pid, name)]));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}

/** `CPU per message: gateway 310 µs, prosody 61 µs · peak: gateway 141 MB · 2,900 to 3,150 mails/s`. */
export function noteOf({ cpu, peak, slowest, fastest }: Result, unit: string): string {
  const list = (values: Readonly<Record<string, number>>, of: string): string =>
    Object.entries(values).map(([name, value]) => `${name} ${Math.round(value)} ${of}`).join(', ');
  return `CPU per message: ${list(cpu, 'µs')} · peak: ${list(peak, 'MB')} · ${readable(slowest)} to ${readable(fastest)} ${unit}`;
}

/** Figures of two contenders by their names; none when one of them did not take part. */
export class Comparison {
  private readonly results: ReadonlyMap<string, Result>;

  constructor(contenders: readonly Contender[], results: readonly Result[], private readonly unit: string) {
    this.results = new Map(contenders.flatMap(({ name }, i) => (results[i] === undefined ? [] : [[name, results[i]]])));
  }

  /** The rate of one against the other's. */
  rate(name: string, ours: string, theirs: string, goal: number | null): Figure[] {
    const [mine, other] = [this.results.get(ours), this.results.get(theirs)];
    if (mine === undefined || other === undefined) return [];
    const note = `${noteOf(mine, this.unit)} · baseline: ${noteOf(other, this.unit)}`;
    return [against(other.rate, { name, unit: this.unit, value: mine.rate, goal, higherIsBetter: true, note })];
  }

  /** What a message costs the gateway, against the line: hardly changed by what else the machine does. */
  cpu(name: string, ours: string, theirs: string): Figure[] {
    const [mine, other] = [this.results.get(ours)?.cpu.gateway, this.results.get(theirs)?.cpu.line];
    return mine === undefined || other === undefined ? [] : [against(other, { name, unit: 'µs', value: mine, goal: null, higherIsBetter: false })];
  }
}

/** The first contender against each of the others, which are other people's ways: published without a goal, and drawn. */
export function peerFigures(work: string, contenders: readonly Contender[], results: readonly Result[], unit: string): Figure[] {
  const [ours, ...theirs] = results;
  if (ours === undefined) return [];
  return theirs.map((peer, i) => {
    const other = contenders[i + 1]?.name ?? '';
    const note = `${noteOf(ours, unit)} · peer: ${noteOf(peer, unit)}`;
    const figure = { name: `${work} · against ${other}`, unit, value: ours.rate, goal: null, higherIsBetter: true, note };
    return { ...against(peer.rate, figure), bar: { group: work, other } };
  });
}
