/** Hands messages to the relay: the pool, the quiet retries that a lost session earns, and readiness. */
import type { Clock } from '../clock.js';
import type { Log } from '../log.js';
import type { MailBytes } from './commands.js';
import { RelayConnection, type ConnectionSettings } from './connection.js';
import type { Ending, Sent } from './dialogue.js';
import type { Envelope } from './envelope.js';
import { SmtpFault } from './fault.js';
import { Pool, type PoolSettings } from './pool.js';
import { Readiness, type ProbeSchedule } from './readiness.js';
import { scrub } from './secrets.js';

export interface RelaySettings extends ConnectionSettings, PoolSettings {
  readonly probe: ProbeSchedule;
}

/** The relay's own limits, which no retry gets round. */
export type Refusal = 'needs-utf8' | 'too-large';

/** A message that makes the relay drop the session meets no more than so many. */
const MOST_STALE = 5;

export class RelayClient {
  readonly readiness: Readiness;
  readonly #pool: Pool;

  constructor(
    private readonly settings: RelaySettings,
    log: Log,
    clock: Clock,
  ) {
    this.#pool = new Pool(settings, () => this.#open(), clock);
    this.readiness = new Readiness(settings.probe, () => this.#probe(), log);
  }

  /**
   * One transaction; again at once when it shared a session that ended in another's turn, and a few times when a session
   * that was used before turned out to be gone, or had carried all that the relay allows, before DATA.
   */
  async send(envelope: Envelope, raw: MailBytes): Promise<Sent | SmtpFault | Refusal> {
    for (let stale = 0; ; ) {
      const end = await this.#once(envelope, raw);
      if (end === 'stale') stale++;
      else if (end !== 'unsent') return end;
      if (stale > MOST_STALE) return new SmtpFault('connect', 'ECONNECTION');
    }
  }

  /** Opens one session beside the pool and closes it again. */
  async verify(): Promise<SmtpFault | undefined> {
    const opened = await this.#open();
    if (opened instanceof SmtpFault) return opened;
    opened.quit();
    return undefined;
  }

  close(): void {
    this.readiness.close();
    this.#pool.close();
  }

  async #once(envelope: Envelope, raw: MailBytes): Promise<Ending | Refusal | 'stale'> {
    const connection = await this.#pool.acquire();
    if (connection instanceof SmtpFault) {
      this.readiness.down(connection);
      return connection;
    }
    const { rested } = connection;
    try {
      const end = refusalOf(connection, envelope, raw) ?? (await connection.send(envelope, raw));
      return rested && end instanceof SmtpFault && isStale(end) ? 'stale' : end;
    } finally {
      this.#pool.release(connection);
    }
  }

  async #open(): Promise<RelayConnection | SmtpFault> {
    const opened = await RelayConnection.open(this.settings);
    return opened instanceof SmtpFault ? scrub(opened, this.settings.relay.login) : opened;
  }

  /** A session that opens is kept for the messages that wait. */
  async #probe(): Promise<SmtpFault | undefined> {
    const opened = await this.#pool.acquire();
    if (opened instanceof SmtpFault) return opened;
    this.#pool.release(opened);
    return undefined;
  }
}

function refusalOf({ extensions }: RelayConnection, envelope: Envelope, raw: MailBytes): Refusal | undefined {
  if (envelope.utf8 && !extensions.smtputf8) return 'needs-utf8';
  const { size = 0 } = extensions;
  return size > 0 && raw.length > size ? 'too-large' : undefined;
}

/** Lost without an answer, or with 421, before any of the message was sent. A deadline that ran out is not staleness. */
function isStale(fault: SmtpFault): boolean {
  if (fault.begun || fault.detail === 'ETIMEDOUT') return false;
  return fault.reply === undefined ? fault.stage === 'connect' : fault.reply.code === 421;
}
