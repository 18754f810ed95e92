/** The text of a chat message as the body of a mail. */
import { encodedPart, multipart, textPart, type Part } from './mail-compose.js';
import { blocksOf, type Block } from './styling.js';
import { htmlOf, saysMore } from './styled-html.js';

/** What a styled text, or one with a link, must have somewhere: most texts do not, and are not looked at any further. */
const MAY_SAY_MORE = /[*_~`]|^>|https?:|mailto:|xmpp:/im;
/** UTF-16 units above which nobody wrote it by hand. */
const LONGEST = 100_000;

export interface TextOptions {
  /** Names the boundary; as for `multipart`. */
  readonly id: string;
  /** XEP-0393 §6: the author says that what looks like styling is none. */
  readonly unstyled?: boolean | undefined;
}

/**
 * The text as it stands (format=flowed); and beside it as HTML (RFC 2046 §5.1.4), where that says more: Message Styling
 * (XEP-0393), quotes, and links of the schemes http, https, mailto and xmpp.
 */
export function textParts(text: string, { id, unstyled = false }: TextOptions): Part {
  const plain = textPart(text);
  if (text.length > LONGEST || !MAY_SAY_MORE.test(text)) return plain;
  const blocks = unstyled ? text.split('\n').map(unstyledLine) : blocksOf(text);
  if (!saysMore(blocks)) return plain;
  const html = encodedPart('text/html; charset=utf-8', htmlOf(blocks).replace(/\n/g, '\r\n'));
  return multipart('multipart/alternative', `=_alt-${id}`, [plain, html]);
}

function unstyledLine(text: string): Block {
  return { kind: 'line', spans: text === '' ? [] : [{ kind: 'text', text }] };
}
