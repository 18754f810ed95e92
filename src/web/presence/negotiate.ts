/** Which format an asker gets: RFC 9110 §12.5.1. Pure. */

/** So many spellings of `Accept` are remembered, and no longer ones. */
const MOST_KNOWN = 200;
const LONGEST_KNOWN = 300;

interface Range {
  readonly type: string;
  /** 0 to 1; 0: not wanted. */
  readonly weight: number;
}

const RANGE = /^\s*([!#$%&'*+.^_`|~\w-]+\/[!#$%&'*+.^_`|~\w-]+)\s*(;.*)?$/;
const WEIGHT = /;\s*q\s*=\s*([^;\s]*)/i;
const VALUE = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;

/** Chooses among what there is; the first is the one that is given to who does not care. */
export class Negotiation<Offer extends { readonly type: string }> {
  private readonly known = new Map<string, Offer | undefined>();

  constructor(private readonly offers: readonly Offer[]) {}

  /** @returns undefined when none of it is wanted: 406 */
  choose(accept: string | undefined): Offer | undefined {
    if (accept === undefined || accept === '*/*') return this.offers[0];
    if (this.known.has(accept)) return this.known.get(accept);
    const offer = this.best(accept.split(',').map(rangeIn).filter((range) => range !== undefined));
    if (accept.length <= LONGEST_KNOWN && this.known.size < MOST_KNOWN) this.known.set(accept, offer);
    return offer;
  }

  private best(ranges: readonly Range[]): Offer | undefined {
    // What cannot be read says nothing: the server may disregard it.
    if (ranges.length === 0) return this.offers[0];
    let best: Offer | undefined;
    let most = 0;
    for (const offer of this.offers) {
      const weight = weightOf(offer.type, ranges);
      if (weight > most) [best, most] = [offer, weight];
    }
    return best;
  }
}

function rangeIn(text: string): Range | undefined {
  const [, type, parameters = ''] = RANGE.exec(text) ?? [];
  const value = WEIGHT.exec(parameters)?.[1] ?? '1';
  return type === undefined || !VALUE.test(value) ? undefined : { type: type.toLowerCase(), weight: Number(value) };
}

/** The most exact range counts, whatever the others say. */
function weightOf(offered: string, ranges: readonly Range[]): number {
  const [type = ''] = offered.split(';');
  for (const pattern of [type, `${type.split('/')[0] ?? ''}/*`, '*/*']) {
    const weights = ranges.filter((range) => range.type === pattern).map(({ weight }) => weight);
    if (weights.length > 0) return Math.max(...weights);
  }
  return 0;
}
