/** What keeps unwanted mail out: the questions at RCPT, and the one after DATA, put together as the configuration says. */
import type { Jid, MailAddress } from '../address.js';
import { decideSpam } from '../bridge/spam.js';
import type { Clock } from '../clock.js';
import { rspamdOptions } from '../config/edges.js';
import type { Config } from '../config/keys.js';
import { isFailure, type Failure } from '../failure.js';
import { SparingLog, type Log } from '../log.js';
import { blockLists } from '../smtp-in/dnsbl.js';
import { greylist } from '../smtp-in/greylist.js';
import type { Filter, Inspected, Inspection } from '../smtp-in/inspection.js';
import { CachingResolver, type DnsResolver } from '../smtp-in/resolver.js';
import { Rspamd } from '../smtp-in/rspamd.js';
import { isExempt, screenOf, type Screen } from '../smtp-in/screen.js';
import type { SqliteStore } from '../store/sqlite.js';
import type { PartHealth } from '../web/health.js';

/** How long what a filter doubts waits, where no greylist is set. */
const DOUBT_MS = 300_000;

export interface ScreeningParts {
  readonly store: SqliteStore;
  readonly log: Log;
  readonly clock: Clock;
}

export interface Screening {
  /** Who is asked about senders. */
  readonly resolver: DnsResolver;
  readonly screen: Screen;
  readonly inspect: Inspection;
  /** Undefined without a filter. */
  health(): PartHealth | undefined;
}

export function createScreening(config: Config, { store, log, clock }: ScreeningParts): Screening {
  const { dnsbl, greylist: wait, dns } = config.smtp_in;
  const resolver = new CachingResolver(dns.length > 0 ? { servers: dns } : {}, clock);
  const knows = async (user: Jid, sender: MailAddress): Promise<boolean> => (await store.firstLetters.unmet(user, [sender])).length === 0;
  const grey = (ms: number): Screen => greylist({ rows: store.greylist, wait: ms, clock, knows });
  const screen = screenOf([...(dnsbl.length > 0 ? [blockLists(dnsbl, resolver, new SparingLog(log))] : []), ...(wait > 0 ? [grey(wait)] : [])]);
  const options = rspamdOptions(config);
  const rspamd = options && new Rspamd(options, log);
  const inspect = rspamd === undefined ? (): 'take' => 'take' : inspectionBy(rspamd.filter, screenOf([grey(wait > 0 ? wait : DOUBT_MS)]));
  return { resolver, screen, inspect, health: () => rspamd && healthOf(rspamd) };
}

/**
 * Answers to mail of ours and mail to the operators are not shown to the filter, as they pass the screens.
 * @param putOff who comes again after a while
 */
export function inspectionBy(filter: Filter, putOff: Screen): Inspection {
  return (mail) => (mail.envelope.recipients.every(({ routes }) => routes.every(isExempt)) ? 'take' : inspected(mail));

  async function inspected(mail: Inspected): Promise<'take' | 'mark' | Failure> {
    const decision = decideSpam(await filter(mail));
    return decision === 'put-off' ? ((await firstRefusal(mail)) ?? 'take') : decision;
  }

  /** All are asked, whoever is refused: else each would be put off in its turn. */
  async function firstRefusal({ envelope: { from, peer, recipients } }: Inspected): Promise<Failure | undefined> {
    let refusal: Failure | undefined;
    for (const { address: recipient, routes } of recipients) {
      const answer = await putOff({ from, peer: peer.address, trusted: peer.trusted, recipient, routes });
      if (isFailure(answer)) refusal ??= answer;
    }
    return refusal;
  }
}

function healthOf({ missed }: Rspamd): PartHealth {
  if (missed === 0) return { ok: true, text: 'no fault seen' };
  return { ok: true, attention: true, text: `does not answer; mails taken unchecked since then: ${missed}`, mend: 'start rspamd, or look into its log' };
}
