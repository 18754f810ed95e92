/** Mails with one large attachment; the bytes of it are shared, so that the sender's memory and time are not what is measured. */
import { DOMAINS, mark, WRITERS, type Mail } from './mails.js';

const BOUNDARY = 'a-rose-by-any-other-name';
/** RFC 2045 §6.8: base64 lines of 76 characters. */
const LINE = `${Buffer.from('But soft, what light through yonder window breaks? It is '.repeat(2)).toString('base64').slice(0, 76)}\r\n`;

/** The end that all mails of this size share: base64 lines, the last boundary, the final dot. */
export function attachment(bytes: number): Buffer {
  return Buffer.from(`${LINE.repeat(Math.ceil(bytes / LINE.length))}--${BOUNDARY}--\r\n.\r\n`);
}

/** Unsigned: SPF and DMARC pass by the address it comes from. */
export function largeMail(number: number, to: string, rest: Buffer): Mail {
  const from = WRITERS[number % WRITERS.length] ?? '';
  const head = [
    `From: Romeo Montague <${from}>`,
    `To: Juliet Capulet <${to}>`,
    'Subject: A picture of the balcony',
    'Date: Tue, 03 Nov 2026 12:00:00 +0000',
    `Message-ID: <large-${number}.${process.pid}@${DOMAINS[0] ?? ''}>`,
    'MIME-Version: 1.0',
    `Content-Type: multipart/mixed; boundary="${BOUNDARY}"`,
  ];
  const text = [`--${BOUNDARY}`, 'Content-Type: text/plain; charset=utf-8', '', mark(number)];
  const file = [`--${BOUNDARY}`, 'Content-Type: image/jpeg', 'Content-Disposition: attachment; filename="balcony.jpg"', 'Content-Transfer-Encoding: base64', '', ''];
  return { from, data: Buffer.from([...head, '', ...text, ...file].join('\r\n')), rest };
}
