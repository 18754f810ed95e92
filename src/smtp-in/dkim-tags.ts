/** Tag lists of DKIM (RFC 6376 §3.2). */

/** @returns values by tag, without white space; undefined when it is malformed, or a tag is there twice */
export function parseTags(text: string): Readonly<Record<string, string>> | undefined {
  const tags = new Map<string, string>();
  for (const part of text.split(';')) {
    const plain = part.replace(/^[ \t\r\n]+/, '');
    if (plain === '') continue;
    const equals = plain.indexOf('=');
    const name = plain.slice(0, Math.max(equals, 0)).replace(/[ \t\r\n]+$/, '');
    if (!/^[A-Za-z]\w*$/.test(name) || tags.has(name)) return undefined;
    tags.set(name, plain.slice(equals + 1).replace(/[ \t\r\n]+/g, ''));
  }
  return Object.fromEntries(tags);
}
