/** A mail as `readMail` hands it on: bounded, decoded, and with nothing in it that is believed. */
import type { Attachment } from '../message.js';
import type { MailHeaders } from './mail-headers.js';

/** One address as a header field spells it: for display only. Who sent a mail is decided by the From guard. */
export interface HeaderAddress {
  readonly name: string;
  readonly address: string;
}

/** One place of the mail where a reader sees text: a single text part, or the best of a multipart/alternative. */
export interface MailBody {
  /** LF line ends; format=flowed is already undone. */
  readonly plain?: string;
  readonly html?: string;
}

/** What a multipart/report (RFC 6522) carries beside its text. */
export interface ReportParts {
  /** The message/delivery-status part (RFC 3464), decoded, LF line ends. */
  readonly deliveryStatus?: string;
  /** Header of the mail it reports about. */
  readonly original?: MailHeaders;
}

/** What the reader of a mail must be told: it was longer than we show, could not be taken apart, or was damaged on its way. */
export type MailNote = 'cut' | 'raw' | 'damaged';

export interface ParsedMail {
  readonly headers: MailHeaders;
  /** Media type of the whole mail, lower-case, without parameters. */
  readonly type: string;
  readonly from: readonly HeaderAddress[];
  readonly to: readonly HeaderAddress[];
  readonly cc: readonly HeaderAddress[];
  readonly subject?: string;
  /** With its angle brackets; absent when it is no valid one. */
  readonly messageId?: string;
  readonly inReplyTo: readonly string[];
  /** In the order of the field: oldest first. */
  readonly references: readonly string[];
  /** Date field, ms since the epoch; absent when it is no date. Not to be trusted. */
  readonly date?: number;
  /** In reading order. */
  readonly bodies: readonly MailBody[];
  readonly attachments: readonly Attachment[];
  /** Which of the attachments, by its place among them, has which Content-ID (RFC 2392), without brackets. */
  readonly contentIds: ReadonlyMap<string, number>;
  /** The text of attached contact cards, LF line ends; at most three. */
  readonly cards: readonly string[];
  /** Emoji by which the author reacts to the mail of In-Reply-To, when it says nothing else (RFC 9078). */
  readonly reactions?: readonly string[];
  readonly report: ReportParts;
  readonly notes: readonly MailNote[];
}
