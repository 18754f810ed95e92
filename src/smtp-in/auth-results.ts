/** Authentication-Results (RFC 8601): what a trusted MTA found, bound to the From domain; forged ones are taken out. */
import type { MailAddress } from '../address.js';
import type { RawField } from './header.js';
import type { Judged } from './verify.js';

interface MethodResult {
  readonly method: string;
  readonly result: string;
  /** `ptype.property` in lower case to its value. */
  readonly properties: ReadonlyMap<string, string>;
}

/** Does this field claim to be the word of `authserv`? RFC 8601 §5: such a field from outside is removed. */
export function claimsToBe(field: RawField, authserv: string): boolean {
  if (field.name.trim() !== 'authentication-results') return false;
  const id = words(segments(field.value)[0] ?? '')[0] ?? '';
  return id.toLowerCase() === authserv.toLowerCase();
}

/**
 * Believes the topmost field of `authserv`, as far as it speaks of the From domain itself: `dmarc=pass`, or, where the
 * domain has no policy, SPF or DKIM of exactly that domain. The envelope sender holds by SPF, or in the From domain.
 */
export function believe(fields: readonly RawField[], authserv: string, from: MailAddress, envelope: MailAddress | undefined): Judged {
  const field = fields.find((candidate) => claimsToBe(candidate, authserv));
  const results = field === undefined ? [] : segments(field.value).slice(1).map(readResult);
  const passed = results.filter(({ result }) => result === 'pass');
  const dmarc = results.filter(({ method }) => method === 'dmarc');
  const speaksFor = dmarc.length === 0 || dmarc.every(({ result }) => result === 'none') ? ALIGNED : DMARC;
  const verified = passed.some((result) => speaksFor(result, from.domain));
  const returnPathHolds = envelope !== undefined && ((verified && envelope.domain === from.domain) || passed.some((result) => SPF(result, envelope.domain)));
  return { authenticity: verified ? 'verified' : 'unverified', returnPathHolds };
}

const DMARC = ({ method, properties }: MethodResult, domain: string): boolean =>
  method === 'dmarc' && domainOf(properties.get('header.from')) === domain;

const SPF = ({ method, properties }: MethodResult, domain: string): boolean => method === 'spf' && domainOf(properties.get('smtp.mailfrom')) === domain;

const ALIGNED = (result: MethodResult, domain: string): boolean =>
  SPF(result, domain) || (result.method === 'dkim' && domainOf(result.properties.get('header.d') ?? result.properties.get('header.i')) === domain);

function domainOf(value: string | undefined): string | undefined {
  return value?.slice(value.lastIndexOf('@') + 1).toLowerCase();
}

function readResult(segment: string): MethodResult {
  const [first = '', ...rest] = words(segment);
  const [method = '', result = ''] = first.toLowerCase().split('=');
  const properties = rest.map((word) => {
    const equals = word.indexOf('=');
    return [word.slice(0, equals).toLowerCase(), word.slice(equals + 1)] as const;
  });
  return { method: method.split('/')[0] ?? '', result, properties: new Map(properties.reverse()) };
}

/** The parts between semicolons, comments out, quotes kept. */
function segments(value: string): string[] {
  let depth = 0;
  let quoted = false;
  let kept = '';
  for (let i = 0; i < value.length; i++) {
    const char = value.charAt(i);
    const pair = char === '\\' ? value.slice(i, i + 2) : char;
    if (char === '"' && depth === 0) quoted = !quoted;
    if (char === '(' && !quoted) depth++;
    if (depth === 0) kept += char === ';' && !quoted ? '\n' : pair;
    else if (char === ')' && !quoted) depth--;
    i += pair.length - 1;
  }
  return kept.split('\n');
}

/** Words of a part; `a = b` is one, quotes are taken off. */
function words(segment: string): string[] {
  const found = segment.replace(/\s*=\s*/g, '=').match(/(?:"(?:[^"\\]|\\.)*"|[^\s"])+/g) ?? [];
  return found.map((word) => word.replace(/"((?:[^"\\]|\\.)*)"/g, (_, text: string) => text.replace(/\\(.)/g, '$1')));
}
