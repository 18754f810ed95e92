/** HTML that holds too much to be laid out, as text in one linear pass over its tags. */

const HIDDEN = new Set(['style', 'script', 'head', 'title']);
const BREAKS = new Set('br p div tr li ul ol table h1 h2 h3 h4 h5 h6 blockquote pre hr'.split(' '));

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

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
