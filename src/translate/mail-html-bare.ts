/** HTML that the real converter must not see: found, and turned into text, in one linear pass over its tags. */

/** Elements nested deeper than this are no mail that a program wrote for people: each one costs the converter a pass. */
const DEPTH_LIMIT = 100;
/** The converter takes up to 20 µs for each element: with more, one mail would hold up everybody's. */
const ELEMENT_LIMIT = 5_000;
/** Each level of quotation writes each line anew, and longer: levels times lines. */
const QUOTING_LIMIT = 100_000;

/** No end tag, or one that may be left out: they do not nest by themselves. */
const NOT_NESTING = new Set(
  'area base br col embed hr img input link meta param source track wbr p li td th tr dt dd option'.split(' '),
);
const HIDDEN = new Set(['style', 'script', 'head', 'title']);
const BREAKS = new Set('br p div tr li ul ol table h1 h2 h3 h4 h5 h6 blockquote pre hr'.split(' '));

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** Whether there is more of anything than mails need. An end tag without its element counts for nothing. */
export function isTooMuch(html: string): boolean {
  const open = new Map<string, number>();
  let depth = 0;
  let elements = 0;
  let quotes = 0;
  for (const [, end, tag] of html.matchAll(/<(\/?)([a-z][a-z0-9:-]*)/gi)) {
    const name = tag?.toLowerCase() ?? '';
    if (end === '' && ++elements > ELEMENT_LIMIT) return true;
    if (NOT_NESTING.has(name)) continue;
    const count = open.get(name) ?? 0;
    const step = end === '' ? 1 : count > 0 ? -1 : 0;
    open.set(name, count + step);
    depth += step;
    if (name === 'blockquote') quotes = Math.max(quotes, count + step);
    if (depth > DEPTH_LIMIT) return true;
  }
  return quotes > 1 && quotes * (elements + html.split('\n').length) > QUOTING_LIMIT;
}

/** The text between the tags; block elements break the line. */
export function bareHtmlText(html: string): string {
  let text = '';
  let at = 0;
  let hidden = '';
  for (const tag of html.matchAll(/<(\/?)([a-z][a-z0-9]{0,20})?[^<>]*>/gi)) {
    const name = tag[2]?.toLowerCase() ?? '';
    if (hidden === '') text += html.slice(at, tag.index) + (BREAKS.has(name) ? '\n' : '');
    if (hidden === name && tag[1] === '/') hidden = '';
    else if (hidden === '' && HIDDEN.has(name) && tag[1] === '') hidden = name;
    at = tag.index + tag[0].length;
  }
  if (hidden === '') text += html.slice(at);
  return text.replace(/&(?:(amp|lt|gt|quot|apos|nbsp)|#(\d{1,7})|#x([0-9a-f]{1,6}));/gi, (_, name?: string, decimal?: string, hex?: string) =>
    name === undefined ? characterOf(decimal === undefined ? parseInt(hex ?? '', 16) : Number(decimal)) : (ENTITIES[name.toLowerCase()] ?? ''),
  );
}

function characterOf(code: number): string {
  return code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? '\ufffd' : String.fromCodePoint(code);
}
