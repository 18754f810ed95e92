/**
 * Is a mail from the domain it says? SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 7489) each asked for by
 * itself, the first and the last by mailauth, so that DMARC judges the address that the From guard read and no other reading of it.
 */
import { dmarc, spf, type DMARCResult, type DNSResolver } from 'mailauth';
import { formatMailAddress, type MailAddress } from '../address.js';
import { Failure } from '../failure.js';
import type { Authenticity } from '../message.js';
import { SignatureCheck, type SignatureResult } from './dkim.js';
import { guardJudged } from './from-guard.js';
import type { RawField } from './header.js';
import { isDnsFault, type DnsResolver } from './resolver.js';

export interface SenderClaim {
  readonly from: MailAddress;
  /** Envelope sender; undefined for the null return path. */
  readonly envelope: MailAddress | undefined;
  /** Whom SPF is asked about; undefined behind an MTA of the administrator's, whose address says nothing about the sender. */
  readonly client: SenderClient | undefined;
}

export interface SenderClient {
  readonly ip: string;
  readonly helo: string;
}

/** What was found out about a sender. */
export interface Judged {
  readonly authenticity: Authenticity;
  /** The envelope sender is no forgery either: a report sent there meets whom it is about (no backscatter). */
  readonly returnPathHolds: boolean;
}

export const UNPROVEN: Judged = { authenticity: 'unverified', returnPathHolds: false };

/**
 * Look-ups that one mail may cause, per check: a mail with a thousand signatures is no reason for a thousand questions,
 * nor may it use up those for the policy.
 */
const MOST_LOOKUPS = { dkim: 20, spf: 60, dmarc: 10 };
type Check = keyof typeof MOST_LOOKUPS;
/** ms for all of them. */
const BUDGET_MS = 20_000;

/** Domains that a check found good, and those it spoke of at all. */
interface Found {
  readonly passed: readonly string[];
  readonly named: readonly string[];
}

/** mailauth's declarations leave this out. */
type Policy = DMARCResult & { readonly alignment?: DMARCResult['alignment'] };

/** Checks one mail. The signatures are checked while it arrives. */
export class SenderCheck {
  /** DNS did not work, in which check. */
  private readonly faults: { [C in Check]?: unknown } = {};
  /** Set by the first question: a mail may take its time to arrive. */
  private until: number | undefined;

  constructor(private readonly dns: DnsResolver) {}

  /** To be given the body. @param fields of the whole header, as it came */
  signatures(fields: readonly RawField[]): SignatureCheck {
    return new SignatureCheck(fields, this.asker('dkim'));
  }

  /**
   * Without a client only DKIM can speak for the sender; and nothing is refused, because SPF may have passed.
   * @param signatures undefined for a mail without any
   * @returns permanent `forged-sender` where the domain's policy says reject; temporary `verification-unavailable`
   * when DNS did not answer and the mail is not verified without that answer
   */
  async judge(claim: SenderClaim, signatures: readonly SignatureResult[] | undefined): Promise<Judged | Failure> {
    if (claim.client === undefined && signatures === undefined) return UNPROVEN;
    const found = { spf: await this.spf(claim), dkim: signed(signatures) };
    const judged = await dmarc({
      headerFrom: `from@${claim.from.domain}`,
      spfDomains: [...found.spf.passed],
      dkimDomains: found.dkim.passed.map((domain) => ({ domain })),
      resolver: this.asker('dmarc'),
    });
    const forged = guardJudged(claim.from, judged === false ? undefined : judged.domain);
    if (forged !== undefined || judged === false) return forged ?? unavailable(undefined);
    return this.verdict(claim, judged, found);
  }

  private async spf({ client, envelope }: SenderClaim): Promise<Found> {
    if (client === undefined) return { passed: [], named: [] };
    const sender = envelope === undefined ? {} : { sender: formatMailAddress(envelope) };
    const { status, domain } = await spf({ resolver: this.asker('spf'), ...client, ...sender });
    const named = typeof domain === 'string' ? [domain] : [];
    return { passed: status.result === 'pass' ? named : [], named };
  }

  /** A check whose DNS did not work matters only where its domain could have spoken for From. */
  private verdict({ from, envelope, client }: SenderClaim, policy: Policy, found: Record<'spf' | 'dkim', Found>): Judged | Failure {
    const speaks = (check: 'spf' | 'dkim') => (domain: string) => isAligned(domain.toLowerCase(), from, policy.domain, policy.alignment?.[check].strict);
    if (policy.status.result === 'temperror') return unavailable(this.faults.dmarc);
    const returnPathHolds = envelope !== undefined && found.spf.passed.includes(envelope.domain);
    if (CHECKS.some((check) => found[check].passed.some(speaks(check)))) {
      return { authenticity: 'verified', returnPathHolds: returnPathHolds || (envelope !== undefined && isAligned(envelope.domain, from, policy.domain)) };
    }
    const unsure = CHECKS.find((check) => this.faults[check] !== undefined && found[check].named.some(speaks(check)));
    if (unsure !== undefined) return unavailable(this.faults[unsure]);
    if (client === undefined || !rejects(policy)) return { authenticity: 'unverified', returnPathHolds };
    return Failure.permanent('forged-sender', `The policy of ${from.domain} forbids this mail (DMARC).`);
  }

  /** What mailauth asks DNS with. Beyond so many questions there is nothing to be found. */
  private asker(check: Check): DNSResolver {
    let asked = 0;
    return (name, type) => {
      if (++asked > MOST_LOOKUPS[check]) return Promise.reject(Object.assign(new Error('too many look-ups'), { code: 'ENODATA' }));
      return this.ask(check, name, type);
    };
  }

  /** Bounded in time, and remembering that DNS did not work, which mailauth may take for a no. */
  private async ask(check: Check, name: string, type: string): Promise<string[]> {
    const known = this.dns.known?.(name, type);
    if (known !== undefined) return known as string[];
    const until = (this.until ??= performance.now() + BUDGET_MS);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = Object.assign(new Error('no time left for DNS'), { code: 'ETIMEOUT' });
      // Whole seconds: timers of one length are kept together, and cost next to nothing.
      timer = setTimeout(() => reject(error), Math.ceil(Math.max(0, until - performance.now()) / 1_000) * 1_000);
    });
    try {
      return (await Promise.race([this.dns.resolve(name, type), late])) as string[];
    } catch (error) {
      if (isDnsFault(error)) this.faults[check] ??= error;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}

const CHECKS = ['spf', 'dkim'] as const;

function signed(signatures: readonly SignatureResult[] = []): Found {
  const domains = (of: typeof signatures): string[] => of.map(({ domain }) => domain);
  return { passed: domains(signatures.filter(({ sound }) => sound)), named: domains(signatures) };
}

/** RFC 7489 §3.1. mailauth takes strict for relaxed, so this is ours. `org` is the organizational domain of From. */
function isAligned(domain: string, from: MailAddress, org: string, strict = false): boolean {
  return domain === from.domain || (!strict && (domain === org || domain.endsWith(`.${org}`)));
}

/** RFC 7489 §6.6.4: `pct=0` asks for the next lower policy, as does `t=y` of its successor. */
function rejects({ policy, pct, rr }: Policy): boolean {
  const testing = pct === 0 || /;\s*t\s*=\s*y\s*(?:;|$)/i.test(rr ?? '');
  return policy?.trim().toLowerCase() === 'reject' && !testing;
}

function unavailable(cause: unknown): Failure {
  return Failure.temporary('verification-unavailable', 'The sender cannot be checked at the moment.', { cause });
}
