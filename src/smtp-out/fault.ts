/**
 * What went wrong on the wire, and at which step. Read from the fields that nodemailer sets (`code`, `command`,
 * `responseCode`, `response`), never from an error's text.
 */
import type { NodemailerError } from 'nodemailer/lib/errors';
import { parseReply, type Reply } from './reply.js';

/** The step of RFC 5321 that failed. `connect`: no connection, or it was lost or too slow at whatever step. */
export type Stage = 'connect' | 'greeting' | 'hello' | 'tls' | 'login' | 'sender' | 'recipient' | 'data' | 'message';

export class SmtpFault {
  constructor(
    readonly stage: Stage,
    /** For the log: an errno or what nodemailer calls it. */
    readonly detail: string,
    /** What the server said, if that is what ended it. */
    readonly reply?: Reply,
    /** Whether a byte of the message itself may have reached the server. */
    readonly begun = false,
  ) {}
}

const STAGES: Record<string, Stage> = {
  EHLO: 'hello',
  HELO: 'hello',
  LHLO: 'hello',
  STARTTLS: 'tls',
  'MAIL FROM': 'sender',
  'RCPT TO': 'recipient',
};

export function faultOf(error: NodemailerError, begun = false): SmtpFault {
  const reply = error.responseCode === undefined || error.response === undefined ? undefined : parseReply(error.response);
  return new SmtpFault(stageOf(error, reply), error.originalCode ?? error.code ?? error.name, reply, begun);
}

function stageOf(error: NodemailerError, reply: Reply | undefined): Stage {
  if (error.code === 'EAUTH') return 'login';
  if (error.code === 'ETLS') return 'tls';
  if (error.command === 'DATA') return error.code === 'EMESSAGE' ? 'message' : 'data';
  if (error.code === 'EPROTOCOL' && error.command === 'CONN' && reply !== undefined) return 'greeting';
  return STAGES[error.command ?? ''] ?? 'connect';
}
