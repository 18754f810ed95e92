/**
 * Is a mail from the domain it says? SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 7489) with mailauth's checks, each
 * asked for by itself, so that DMARC judges the address that the From guard read and no other reading of it.
 */
import type { Readable } from 'node:stream';
import { dkimVerify, dmarc, spf, type DKIMResult, type DKIMVerifyResult, type DMARCResult, type DNSResolver } from 'mailauth';
import { formatMailAddress, type MailAddress } from '../address.js';
import { Failure } from '../failure.js';
import type { Authenticity } from '../message.js';
import { guardJudged } from './from-guard.js';
import { isDnsFault, type DnsResolver } from './resolver.js';

export interface SenderClaim {
  readonly from: MailAddress;
  /** Envelope sender; undefined for the null return path. */
  readonly envelope: MailAddress | undefined;
  readonly ip: string;
  readonly helo: string;
}

/**
 * Look-ups that one mail may cause, per check: a mail with a thousand signatures is no reason for a thousand questions,
 * nor may it use up those for the policy.
 */
const MOST_LOOKUPS = { dkim: 20, spf: 60, dmarc: 10 };
/** ms for all of them. */
const BUDGET_MS = 20_000;

/** mailauth's declarations leave these out. */
type Signature = DKIMResult & { readonly signingHeaders?: { readonly keys?: string } };
type Policy = DMARCResult & { readonly alignment?: DMARCResult['alignment'] };

/** Checks one mail. The signatures are checked while it arrives. */
export class SenderCheck {
  private fault: unknown;
  /** Set by the first question: a mail may take its time to arrive. */
  private until: number | undefined;

  constructor(private readonly dns: DnsResolver) {}

  /** Reads the raw mail, to its end. */
  signatures(mail: Readable): Promise<DKIMVerifyResult> {
    return dkimVerify(mail, { resolver: this.asker(MOST_LOOKUPS.dkim) });
  }

  /**
   * @param signatures undefined for a mail without any
   * @returns permanent `forged-sender` where the domain's policy says reject; temporary `verification-unavailable`
   * when DNS did not answer and the mail is not verified without that answer
   */
  async judge(claim: SenderClaim, signatures: DKIMVerifyResult | undefined): Promise<Authenticity | Failure> {
    const sent = await spf({ ...this.sender(claim), ip: claim.ip, helo: claim.helo, resolver: this.asker(MOST_LOOKUPS.spf) });
    const spfDomains = sent.status.result === 'pass' ? [sent.domain] : [];
    const dkimDomains = (signatures?.results ?? []).filter(isSound).map(({ signingDomain }) => signingDomain.toLowerCase());
    const judged = await dmarc({
      headerFrom: `from@${claim.from.domain}`,
      spfDomains,
      dkimDomains: dkimDomains.map((domain) => ({ domain })),
      resolver: this.asker(MOST_LOOKUPS.dmarc),
    });
    const forged = guardJudged(claim.from, judged === false ? undefined : judged.domain);
    if (forged !== undefined || judged === false) return forged ?? unavailable(undefined);
    return this.verdict(claim, judged, { spf: spfDomains, dkim: dkimDomains });
  }

  private verdict(claim: SenderClaim, policy: Policy, passed: { spf: string[]; dkim: string[] }): Authenticity | Failure {
    const { alignment } = policy;
    const aligned =
      passed.spf.some((domain) => isAligned(domain, claim.from, policy.domain, alignment?.spf.strict)) ||
      passed.dkim.some((domain) => isAligned(domain, claim.from, policy.domain, alignment?.dkim.strict));
    if (policy.status.result === 'temperror') return unavailable(this.fault);
    if (aligned) return 'verified';
    if (this.fault !== undefined) return unavailable(this.fault);
    return rejects(policy) ? Failure.permanent('forged-sender', `The policy of ${claim.from.domain} forbids this mail (DMARC).`) : 'unverified';
  }

  private sender({ envelope }: SenderClaim): { sender?: string } {
    return envelope === undefined ? {} : { sender: formatMailAddress(envelope) };
  }

  /** What mailauth asks DNS with. Beyond `most` questions there is nothing to be found. */
  private asker(most: number): DNSResolver {
    let asked = 0;
    return (name, type) => {
      if (++asked > most) return Promise.reject(Object.assign(new Error('too many look-ups'), { code: 'ENODATA' }));
      return this.ask(name, type);
    };
  }

  /** Bounded in time, and remembering that DNS did not work, which mailauth may take for a no. */
  private async ask(name: string, type: string): Promise<string[]> {
    const until = (this.until ??= performance.now() + BUDGET_MS);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = Object.assign(new Error('no time left for DNS'), { code: 'ETIMEOUT' });
      timer = setTimeout(() => reject(error), Math.max(0, until - performance.now()));
    });
    try {
      return (await Promise.race([this.dns.resolve(name, type), late])) as string[];
    } catch (error) {
      if (isDnsFault(error)) this.fault ??= error;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** A signature that holds for the whole mail as it is shown: all of the body (no `l=`), and From with it (RFC 6376 §5.4). */
function isSound(result: Signature): boolean {
  const signed = (result.signingHeaders?.keys ?? '').toLowerCase().split(/[\s:]+/);
  return result.status.result === 'pass' && !result.status.underSized && signed.includes('from');
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
