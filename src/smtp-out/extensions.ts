/** What a relay offers in its EHLO (or LHLO) reply, as far as a delivery depends on it. */
export interface Extensions {
  /** RFC 2920. */
  readonly pipelining: boolean;
  /** RFC 6152. */
  readonly eightBitMime: boolean;
  /** RFC 6531. */
  readonly smtputf8: boolean;
  /** RFC 3461. */
  readonly dsn: boolean;
  /** RFC 1870, in bytes; 0: no limit known; undefined: not offered. */
  readonly size: number | undefined;
}

/** @param reply the whole reply, lines divided by LF; the first is the greeting and offers nothing */
export function parseExtensions(reply: string): Extensions {
  const offers = new Map<string, string>();
  for (const line of reply.split('\n').slice(1)) {
    const [, keyword = '', parameter = ''] = /^250[ -]([A-Za-z0-9-]+)(?: ([^ ]*))?/.exec(line) ?? [];
    offers.set(keyword.toUpperCase(), parameter);
  }
  return {
    pipelining: offers.has('PIPELINING'),
    eightBitMime: offers.has('8BITMIME'),
    smtputf8: offers.has('SMTPUTF8'),
    dsn: offers.has('DSN'),
    size: sizeOf(offers.get('SIZE')),
  };
}

function sizeOf(parameter: string | undefined): number | undefined {
  if (parameter === undefined) return undefined;
  return /^\d{1,15}$/.test(parameter) ? Number(parameter) : 0;
}
