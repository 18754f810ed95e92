/** The header section of a mail as raw bytes: only cut into fields, nothing decoded. */

export interface RawField {
  /** Lower case, without the colon; white space before the colon (RFC 5322 §4.5.8) is kept, so that it shows. */
  readonly name: string;
  /** What follows the colon, unfolded, one character per byte. */
  readonly value: string;
  /** The whole field with its line ends, one character per byte. */
  readonly raw: string;
}

/**
 * Cuts a header section into its fields.
 * @param section up to the empty line, CRLF line ends, with or without the empty line
 * @returns a line that is no field (no colon, or a continuation of nothing) as a field with an empty name
 */
export function splitFields(section: Uint8Array): readonly RawField[] {
  const text = Buffer.from(section.buffer, section.byteOffset, section.byteLength).toString('latin1');
  const lines = text.match(/[^\r\n]*\r\n|[^\r\n]+$/g) ?? [];
  const fields: string[] = [];
  for (const line of lines) {
    if (line === '\r\n') break;
    const last = fields.length - 1;
    if (/^[ \t]/.test(line) && last >= 0) fields[last] += line;
    else fields.push(line);
  }
  return fields.map(readField);
}

function readField(raw: string): RawField {
  const colon = raw.indexOf(':');
  if (colon <= 0 || /^[ \t]/.test(raw)) return { name: '', value: raw, raw };
  const value = raw.slice(colon + 1).replace(/\r\n(?=[ \t])/g, '').trim();
  return { name: raw.slice(0, colon).toLowerCase(), value, raw };
}
