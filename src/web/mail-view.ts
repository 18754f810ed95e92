/** What the pages show of a mail, read from its original. */
import { Readable } from 'node:stream';
import { Failure, isFailure } from '../failure.js';
import type { Attachment } from '../message.js';
import { bareHtmlText } from '../translate/mail-html-bare.js';
import type { HeaderAddress, MailNote, ParsedMail } from '../translate/mail-types.js';
import { readMail } from '../translate/read-mail.js';
import { pathName } from './links.js';
import { isImage } from './files.js';
import { escape } from './markup.js';
import { safeHtml, type SafeHtml } from './safe-html.js';

export interface MailView {
  readonly from: readonly HeaderAddress[];
  readonly to: readonly HeaderAddress[];
  readonly cc: readonly HeaderAddress[];
  readonly subject: string;
  readonly date?: number;
  readonly attachments: readonly Attachment[];
  readonly notes: readonly MailNote[];
  /** Present when the mail has HTML that can be shown. */
  readonly html?: SafeHtml;
  /** What is shown where there is no `html`. */
  readonly text: string;
}

/**
 * Reads an original. Undefined when it is no longer kept.
 * @param mail its bytes; none at all when it is not kept
 */
export async function viewOf(mail: AsyncIterable<Uint8Array>): Promise<MailView | Failure | undefined> {
  let size = 0;
  async function* counted(): AsyncIterable<Uint8Array> {
    for await (const piece of mail) {
      size += piece.length;
      yield piece;
    }
  }
  const parsed = await readMail(Readable.from(counted()));
  if (size === 0 && !isFailure(parsed)) return undefined;
  return isFailure(parsed) ? parsed : view(parsed);
}

async function view(mail: ParsedMail): Promise<MailView> {
  const { from, to, cc, subject = '', date, attachments, notes } = mail;
  const html = mail.bodies.some((body) => hasWords(body.html)) ? await htmlOf(mail) : undefined;
  const text = mail.bodies.map(({ plain, html: source = '' }) => (hasWords(plain) ? plain : bareHtmlText(source))).join('\n\n');
  return { from, to, cc, subject, attachments, notes, text: text.replace(/^\s*\n|\s+$/g, ''), ...(date !== undefined && { date }), ...(html !== undefined && { html }) };
}

function hasWords(text: string | undefined): text is string {
  return text !== undefined && text.trim() !== '';
}

/** All its texts in their order, as one document. */
async function htmlOf({ bodies, attachments, contentIds }: ParsedMail): Promise<SafeHtml | undefined> {
  const imageOf = (contentId: string): string | undefined => {
    const attachment = attachments[contentIds.get(contentId) ?? -1];
    return attachment !== undefined && isImage(attachment) ? filePath(attachment) : undefined;
  };
  const made: SafeHtml[] = [];
  for (const { plain = '', html } of bodies) {
    if (!hasWords(html)) made.push({ html: `<pre>${escape(plain)}</pre>`, remoteImages: 0, hasColours: false });
    else {
      const safe = await safeHtml(html, imageOf);
      if (safe === undefined) return undefined;
      made.push(safe);
    }
  }
  return {
    html: made.map((part) => part.html).join('<hr>'),
    remoteImages: made.reduce((sum, part) => sum + part.remoteImages, 0),
    hasColours: made.some((part) => part.hasColours),
  };
}

/** Of a file, below the page's own: `2/photo.jpg`. */
export function filePath({ where, name }: Attachment): string | undefined {
  if ('url' in where) return undefined;
  return `${where.part}${where.inside === undefined ? '' : `.${where.inside}`}/${pathName(name, where.part)}`;
}
