/** What the world must find in DNS: where mail for the gateway goes, who may send it, how it is signed. */
import { createPublicKey } from 'node:crypto';
import type { MxRecord } from 'node:dns';
import { readFileSync } from 'node:fs';
import { isFailure } from '../../failure.js';
import { CachingResolver, isDnsFault } from '../../smtp-in/resolver.js';
import { dkimKey } from '../../smtp-out/dkim.js';
import { good, problem, skipped, warn, type DoctorContext, type Examine, type Finding } from './finding.js';

/** The records, none, or a resolver that does not work. */
type Ask = (name: string, type: 'MX' | 'A' | 'AAAA' | 'TXT') => Promise<readonly unknown[] | DnsDown>;

interface DnsDown {
  readonly code: string;
}

export const examineDns: Examine = async (context) => {
  const { dns } = context.config.smtp_in;
  const resolver = new CachingResolver({ ...(dns.length > 0 && { servers: dns }), timeoutMs: context.timeoutMs, tries: 1 }, Date.now);
  const ask: Ask = (name, type) =>
    resolver.resolve(name, type).catch((error: unknown) => (isDnsFault(error) ? { code: codeOf(error) } : []));
  const mx = await ask(context.config.xmpp.domain, 'MX');
  if (isDown(mx)) {
    const which = dns.length === 0 ? 'the resolver of the system' : `smtp_in.dns (${dns.join(', ')})`;
    return [problem('DNS', `${which} does not answer: ${mx.code}`, 'mail is put off while DNS is away: start the resolver, or correct smtp_in.dns')];
  }
  return [good('DNS', 'the resolver answers'), await judgeMx(mx as MxRecord[], ask, context), await judgeSpf(ask, context), ...(await judgeDkim(ask, context))];
};

const isDown = (answer: readonly unknown[] | DnsDown): answer is DnsDown => 'code' in answer;
const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

/** RFC 5321 §5.1: the MX records, or else the domain's own address. */
async function judgeMx(records: readonly MxRecord[], ask: Ask, { config }: DoctorContext): Promise<Finding> {
  const { domain } = config.xmpp;
  const hosts = records.length > 0 ? records.map(({ exchange }) => exchange) : [domain];
  if (hosts.includes('')) return problem('MX', `${domain} says that it takes no mail (RFC 7505)`, `point the MX record of ${domain} at this machine`);
  for (const host of hosts) {
    if ((await hasAddress(host, ask)) && records.length > 0) return good('MX', `mail for ${domain} goes to ${hosts.join(', ')}`);
    if (await hasAddress(host, ask)) return warn('MX', `${domain} has no MX record; mail goes to its address`, `add: ${domain}. MX 10 ${domain}.`);
  }
  if (records.length === 0) return problem('MX', `${domain} has neither an MX record nor an address: no mail from outside can come in`, `add: ${domain}. MX 10 HOST. with the name of this machine`);
  return problem('MX', `${hosts.join(', ')} of ${domain} has no address`, 'correct the MX record, or add the address of its host');
}

async function hasAddress(host: string, ask: Ask): Promise<boolean> {
  const answers = [await ask(host, 'A'), await ask(host, 'AAAA')];
  return answers.some((answer) => !isDown(answer) && answer.length > 0);
}

/** RFC 7208 §3. */
async function judgeSpf(ask: Ask, { config }: DoctorContext): Promise<Finding> {
  const { domain } = config.xmpp;
  const policies = (await texts(domain, ask)).filter((text) => /^v=spf1(?: |$)/i.test(text));
  const [policy] = policies;
  if (policy === undefined) return warn('SPF', `${domain} has no SPF record: other servers may refuse its mail`, `add: ${domain}. TXT "v=spf1 mx -all", with what sends your mail`);
  if (policies.length > 1) return problem('SPF', `${domain} has ${policies.length} SPF records, which counts as an error`, 'keep one');
  return good('SPF', policy);
}

async function judgeDkim(ask: Ask, { config }: DoctorContext): Promise<Finding[]> {
  const { dkim_domain: domain, dkim_selector: selector, dkim_key_file: file } = config.smtp_out;
  if (domain === undefined || selector === undefined || file === undefined) return [skipped('DKIM', 'the gateway does not sign; your mail server should')];
  const key = dkimKey(domain, selector, readFileSync(file, 'utf8'));
  if (isFailure(key)) return [problem('DKIM', key.text, 'make a key: openssl genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:2048')];
  const name = `${selector}._domainkey.${domain}`;
  const der = createPublicKey(key.key).export({ type: 'spki', format: 'der' });
  // RFC 8463 §4: an Ed25519 key stands alone, without the 12 bytes that wrap it.
  const wanted = (key.key.asymmetricKeyType === 'ed25519' ? der.subarray(12) : der).toString('base64');
  const record = `v=DKIM1; k=${key.key.asymmetricKeyType}; p=${wanted}`;
  const found = (await texts(name, ask)).map((text) => /(?:^|;)\s*p=([^;]*)/.exec(text)?.[1]?.replace(/\s/g, ''));
  if (found.includes(wanted)) return [good('DKIM', `${name} has the public key`)];
  return [problem('DKIM', found.length === 0 ? `${name} has no TXT record` : `${name} has another public key`, `set: ${name}. TXT "${record}"`)];
}

async function texts(name: string, ask: Ask): Promise<string[]> {
  const answer = await ask(name, 'TXT');
  return isDown(answer) ? [] : (answer as string[][]).map((pieces) => pieces.join(''));
}
