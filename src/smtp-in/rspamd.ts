/**
 * rspamd as a filter. It is asked by its own HTTP protocol (https://docs.rspamd.com/developers/protocol/), once for a mail and all
 * its recipients. Where it does not answer, no mail waits for it: the log says so once, and once when it answers again.
 */
import { formatMailAddress, type MailAddress } from '../address.js';
import type { Log } from '../log.js';
import { unmapped } from '../network.js';
import type { Filter, Inspected, Opinion } from './inspection.js';
import { opinionOf } from './rspamd-answer.js';
import { ask } from './rspamd-request.js';

export interface RspamdOptions {
  /** Its URL, without a path. */
  readonly to: string;
  /** For a controller that wants one. */
  readonly password?: string;
  /** ms for one mail. */
  readonly within: number;
}

/** rspamd's own default (`max_message`): it cuts the connection of what is longer. */
const LARGEST = 50 * 1024 * 1024;
/** rspamd's own limit of a header is met by far more. */
const MOST_RECIPIENTS = 100;
/** Mails in a row without an answer, after which only one at a time still waits for it. */
const PATIENCE = 3;
const HOST = /^[A-Za-z0-9.:_[\]-]{1,255}$/;

export class Rspamd {
  /** Mails in a row that it did not answer. */
  private unanswered = 0;
  /** Mails that were taken without it since then. */
  private unchecked = 0;
  private asking = 0;

  constructor(private readonly options: RspamdOptions, private readonly log: Log) {}

  readonly filter: Filter = async (mail) => {
    if (mail.content.size > LARGEST) return undefined;
    if (this.unanswered >= PATIENCE && this.asking > 0) return this.pass();
    this.asking++;
    try {
      return this.answered(await this.ask(mail));
    } catch (error) {
      return this.failed(mail, error);
    } finally {
      this.asking--;
    }
  };

  /** How many mails were taken without it since it last answered. */
  get missed(): number {
    return this.unchecked;
  }

  private async ask({ envelope, hostname, content }: Inspected): Promise<Opinion> {
    const { to, within, password } = this.options;
    const headers = {
      ...headersOf(envelope, hostname),
      'Content-Length': String(content.size),
      ...(password !== undefined && { Password: wire(password) }),
    };
    const { status, body } = await ask({ to, within, method: 'POST', path: '/checkv2', headers, body: content.read() });
    const opinion = status === 200 ? opinionOf(body) : undefined;
    if (opinion === undefined) throw new Error(status === 200 ? 'an answer that is none of rspamd' : `an answer with status ${status}`);
    return opinion;
  }

  private answered(opinion: Opinion): Opinion {
    if (this.unanswered > 0) this.log.info({ unchecked: this.unchecked }, 'rspamd answers again');
    this.unanswered = 0;
    this.unchecked = 0;
    return opinion;
  }

  private failed({ envelope, content }: Inspected, error: unknown): undefined {
    const fields = { message: envelope.id, size: content.size, err: error };
    if (this.unanswered++ === 0) this.log.warn(fields, 'rspamd does not answer: mail is taken unchecked until it does');
    else this.log.debug(fields, 'rspamd does not answer');
    return this.pass();
  }

  private pass(): undefined {
    this.unchecked++;
    return undefined;
  }
}

/** Of a peer of the administrator's the client's address is not known: rspamd reads the Received fields (`external_relay`). */
function headersOf({ id, from, recipients, peer }: Inspected['envelope'], hostname: string): Record<string, string | string[]> {
  const [only, ...more] = recipients;
  return {
    'Queue-Id': id,
    'MTA-Name': hostname,
    From: from === undefined ? '<>' : named(from),
    Rcpt: recipients.slice(0, MOST_RECIPIENTS).map(({ address }) => named(address)),
    ...(only !== undefined && more.length === 0 && { 'Deliver-To': named(only.address) }),
    ...(!peer.trusted && { IP: unmapped(peer.address) }),
    ...(!peer.trusted && HOST.test(peer.helo) && { Helo: peer.helo }),
  };
}

function named(address: MailAddress): string {
  return wire(formatMailAddress(address));
}

/** Node writes header values as Latin-1: so that the bytes are UTF-8. */
function wire(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
