/** URLs that anybody may have written. */

/**
 * @param base what it is relative to, where it may be
 * @returns undefined for what is none. `URL.canParse` does not tell: once V8 has optimised its caller, Node.js 20 reads the bytes of a Latin-1 text there as
 * UTF-8, and lets through what `new URL` throws at
 */
export function parseUrl(text: string, base?: URL): URL | undefined {
  try {
    return new URL(text, base);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
