/**
 * The parts of a mail that its own program marked as quoted history or as the signature. Data: what each program writes
 * was read in mails of it; a program is added here, with a case in test/translate/replies.
 */
import { own } from '../own.js';
import { elementsIn, textIn, type HtmlElement } from './mail-html-tree.js';

/** `rest`: everything from here to the end of the mail is history. */
export type Region = 'history' | 'rest' | 'signature';

/** Ids and classes; Outlook on the web writes `x_` before those of a mail that it quotes. */
const NAMES: Readonly<Record<string, Region>> = {
  // Outlook on the web, new Outlook; Outlook Express; Hotmail; Zimbra
  divrplyfwdmsg: 'rest',
  appendonsend: 'rest',
  outlookmessageheader: 'rest',
  stopspelling: 'rest',
  zwchr: 'rest',
  // Outlook for iOS and Android, for Mac
  'mail-editor-reference-message-container': 'history',
  olk_src_body_section: 'history',
  // Thunderbird, Roundcube
  'moz-cite-prefix': 'history',
  'reply-intro': 'history',
  // Yahoo, AOL, Proton, Zoho, 163, Samsung, Spark, Fastmail, Tutanota
  yahoo_quoted: 'history',
  yahooquoted: 'history',
  protonmail_quote: 'history',
  zmail_extra: 'history',
  isreplycontent: 'history',
  'quoted-text': 'history',
  tutanota_quote: 'history',
  gmail_signature: 'signature',
  gmail_signature_prefix: 'signature',
  'moz-signature': 'signature',
  signature: 'signature',
  'ms-outlook-mobile-signature': 'signature',
  protonmail_signature_block: 'signature',
  applemailsignature: 'signature',
  composer_signature: 'signature',
};

const ELEMENTS: Readonly<Record<string, Region>> = { includetail: 'history' };
/** Between an answer and everything else. */
const FOXMAIL_RULE = '#b5c4df';
/** A header block is looked for in this many characters. */
const BLOCK_TEXT = 4_000;
/** Labels of a header block: author, date and one more. */
const FEWEST_LABELS = 3;

/** What the mail's program says that this element is. */
export function regionOf(element: HtmlElement): Region | undefined {
  const { name, attributes } = element;
  if (name === 'blockquote' && isCite(attributes)) return 'history';
  if (/\bgmail_quote\b/.test(attributes.class ?? '')) return isAnswered(element) ? 'history' : undefined;
  if (name === 'hr' && attributes.color?.toLowerCase() === FOXMAIL_RULE) return 'rest';
  if (attributes.style !== undefined && isHeaderBlock(element)) return 'rest';
  return own(ELEMENTS, name) ?? namesOf(attributes).map((given) => own(NAMES, given)).find((region) => region !== undefined);
}

function isCite({ type, class: classes = '' }: HtmlElement['attributes']): boolean {
  return type?.toLowerCase() === 'cite' || /\b(?:gmail_quote|protonmail_quote|yahoo_quoted|tutanota_quote)\b/.test(classes);
}

/** Ids and classes without what is put before them by a program that quotes. */
function namesOf({ id = '', class: classes = '' }: HtmlElement['attributes']): string[] {
  return `${id} ${classes}`.slice(0, 500).toLowerCase().split(/\s+/).map((name) => name.replace(/^(?:x_)+/, '').replace(/^(yahoo_quoted|isreplycontent)_?\d+$/, '$1'));
}

/** Gmail marks a forwarded mail in the same way, but for the quotation inside. */
function isAnswered(element: HtmlElement): boolean {
  return element.children.some((child) => typeof child !== 'string' && (child.name === 'blockquote' || (child.name === 'div' && child.children.some((inner) => typeof inner !== 'string' && inner.name === 'blockquote'))));
}

/** Outlook for Windows and Foxmail: a rule on top, then `From:`, `Sent:`, `To:` in bold, in any language. */
function isHeaderBlock(element: HtmlElement): boolean {
  if (!/border-top\s*:\s*(?:solid|[\w.#]+ solid|#\w+ [\w.]+ solid)/i.test(element.attributes.style ?? '')) return false;
  let labels = 0;
  for (const inner of elementsIn(element)) {
    if ((inner.name === 'b' || inner.name === 'strong') && /^[^:：]{1,30}[:：]\s*$/.test(textIn(inner, 50).trim()) && ++labels >= FEWEST_LABELS) return textIn(element, BLOCK_TEXT).length <= BLOCK_TEXT;
  }
  return false;
}
