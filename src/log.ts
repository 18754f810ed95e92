/** The log every part is given; `child({ message: id })` makes a message's id follow it through. */
import { pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';
import { isFailure } from './failure.js';

export type Log = Logger;

/** From the quietest to the most talkative. */
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A shorter one may be a word of every line. */
const SHORTEST_SECRET = 6;
const CENSOR = '[secret]';

/**
 * JSON lines, one per event, with the time in ISO 8601 and the level as a word. Foreign text goes into fields, where
 * JSON escapes it. Written synchronously: the line that tells of a crash is out before the process ends.
 * @param destination default: standard output
 * @param secrets are struck out of every line, wherever they come from: our own fields, or a server that says them back.
 * Those of fewer than 6 characters are not
 */
export function createLog(
  level: LogLevel,
  destination: DestinationStream = pino.destination({ dest: 1, sync: true }),
  secrets: readonly string[] = [],
): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { failure: serializeFailure },
      hooks: { streamWrite: striker(secrets) },
    },
    destination,
  );
}

/** By value and not by field: it costs 0.1 µs a line, where pino's `redact` with wildcards costs 8, and sees every depth. */
function striker(secrets: readonly string[]): (line: string) => string {
  const forms = secrets.filter((secret) => secret.length >= SHORTEST_SECRET).flatMap(formsOf);
  return (line) => forms.reduce((text, form) => (text.includes(form) ? text.replaceAll(form, CENSOR) : text), line);
}

/** As it stands in a JSON string, and as AUTH LOGIN carries it. */
function formsOf(secret: string): string[] {
  return [JSON.stringify(secret).slice(1, -1), Buffer.from(secret).toString('base64').replace(/=+$/, '')];
}

const SPARE_MS = 60_000;

/**
 * Says each text once a minute, and then how often more: a failing disk must not flood the log that may lie on it, nor must strangers. What is
 * not said is there at level debug.
 */
export class SparingLog {
  private readonly said = new Map<string, { readonly at: number; more: number }>();

  constructor(
    private readonly log: Log,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  error(fields: object, text: string): void {
    this.say('error', fields, text);
  }

  info(fields: object, text: string): void {
    this.say('info', fields, text);
  }

  private say(level: 'error' | 'info', fields: object, text: string): void {
    const known = this.said.get(text);
    const now = this.clock();
    if (known !== undefined && now - known.at < SPARE_MS) {
      known.more++;
      this.log.debug(fields, text);
      return;
    }
    this.log[level]({ ...fields, ...(known !== undefined && known.more > 0 && { more: known.more }) }, text);
    this.said.set(text, { at: now, more: 0 });
  }
}

/** With the private cause, which only the log may see. */
function serializeFailure(value: unknown): unknown {
  if (!isFailure(value)) return value;
  const { cause } = value;
  return { ...value.toRecord(), ...(cause !== undefined && { cause: cause instanceof Error ? cause.message : cause }) };
}
