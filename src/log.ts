/** The log every part is given; `child({ message: id })` makes a message's id follow it through. */
import { pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';
import { isFailure } from './failure.js';
import type { MessageId } from './message.js';

export type Log = Logger;

/** From the quietest to the most talkative. */
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Names under which a secret could reach a log line by mistake, at the top and one level down. */
const SECRET_NAMES = ['secret', 'password', 'pass', 'credentials', 'auth', 'handshake'];

/**
 * JSON lines, one per event, with the time in ISO 8601 and the level as a word. Foreign text goes into fields, where
 * JSON escapes it. Written synchronously: the line that tells of a crash is out before the process ends.
 * @param destination default: standard output
 */
export function createLog(level: LogLevel, destination: DestinationStream = pino.destination({ dest: 1, sync: true })): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`]), censor: '[secret]' },
      serializers: { failure: serializeFailure },
    },
    destination,
  );
}

/** The log of one message's way. */
export function messageLog(log: Log, message: MessageId): Log {
  return log.child({ message });
}

/** With the private cause, which only the log may see. */
function serializeFailure(value: unknown): unknown {
  if (!isFailure(value)) return value;
  const { cause } = value;
  return { ...value.toRecord(), ...(cause !== undefined && { cause: cause instanceof Error ? cause.message : cause }) };
}
