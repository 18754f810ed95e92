/** The checked configuration as the options of each part. */
import { readFileSync } from 'node:fs';
import type { GatewayNames } from '../address.js';
import type { AccessRules } from '../bridge/policy.js';
import type { PreferenceDefaults } from '../bridge/preferences.js';
import type { LimitRates } from '../bridge/limits.js';
import type { Lifetimes } from '../bridge/report.js';
import type { SmsRules } from '../bridge/phone-means.js';
import { Failure, isFailure } from '../failure.js';
import { DEFAULT_POLICY, type QueuePolicy } from '../queue/queue.js';
import type { RspamdOptions } from '../smtp-in/rspamd.js';
import type { SmtpInOptions } from '../smtp-in/options.js';
import { dkimKey, type DkimKey } from '../smtp-out/dkim.js';
import type { SmtpOutOptions } from '../smtp-out/edge.js';
import type { SqliteOptions } from '../store/sqlite.js';
import { parseReturnAddress } from '../translate/mail-verp.js';
import type { LinkOptions } from '../web/links.js';
import type { XmppOptions } from '../xmpp/options.js';
import type { Config } from './keys.js';
import { relayOf } from './relay.js';
import { formatSocketAddress } from './units.js';

export function gatewayNames({ xmpp: { domain, home, separator }, access: { allow }, sms }: Config): GatewayNames {
  const peers = allow.filter((one) => !one.includes('@') && one !== home && one !== domain);
  return { domain, home, separator, ...(peers.length > 0 && { peers }), ...(sms.mail !== undefined && { phones: true }) };
}

export function preferenceDefaults({ smtp_out: { burst }, access: { strangers }, offline: { policy, keep } }: Config): PreferenceDefaults {
  return { burst, strangers, offline: policy, keep };
}

export function xmppOptions({ xmpp }: Config): XmppOptions {
  return {
    service: `xmpp://${formatSocketAddress(xmpp.service)}`,
    secret: xmpp.secret.reveal(),
    window: xmpp.window,
    maxStanza: xmpp.max_stanza,
  };
}

export function smtpInOptions({ smtp_in: given }: Config): SmtpInOptions {
  const { tls_cert: cert, tls_key: key, trusted_authserv: trustedAuthserv } = given;
  return {
    listen: [
      ...given.listen.map((address) => ({ protocol: 'smtp' as const, ...address })),
      ...given.lmtp.map((address) => ({ protocol: 'lmtp' as const, ...address })),
    ],
    limits: { size: given.max_size, recipients: given.max_recipients, connections: given.max_connections },
    verify: given.verify,
    longText: given.long_text,
    trustedPeers: given.trusted_peers,
    ...(trustedAuthserv !== undefined && { trustedAuthserv }),
    ...(cert !== undefined && key !== undefined && { tls: { cert, key } }),
  };
}

/** Undefined when mail is not shown to it. Holds the password in the clear. */
export function rspamdOptions({ smtp_in: { rspamd: to, rspamd_password: password, rspamd_timeout: within } }: Config): RspamdOptions | undefined {
  return to === undefined ? undefined : { to, within, ...(password !== undefined && { password: password.reveal() }) };
}

/** Reads the files it names; the check of the configuration has read them before. */
export function smtpOutOptions(config: Config): SmtpOutOptions | Failure {
  const given = config.smtp_out;
  try {
    const dkim = dkimOf(config);
    if (isFailure(dkim)) return dkim;
    return {
      relay: relayOf(config),
      requireTls: given.require_tls,
      connections: given.pool,
      mostFiles: config.files.max_fetch,
      ...(given.ca_file !== undefined && { ca: readFileSync(given.ca_file, 'utf8') }),
      ...(dkim !== undefined && { dkim }),
    };
  } catch (cause) {
    return Failure.permanent('storage', 'A file of [smtp_out] cannot be read; `stanzapost check` names it.', { cause });
  }
}

function dkimOf({ smtp_out: { dkim_domain: domain, dkim_selector: selector, dkim_key_file: file } }: Config): DkimKey | Failure | undefined {
  if (domain === undefined || selector === undefined || file === undefined) return undefined;
  return dkimKey(domain, selector, readFileSync(file, 'utf8'));
}

/** For `FileFetcher`, but for what is not in the configuration. */
export function fetchOptions({ files, smtp_in }: Config): { trusted: readonly string[]; dns: readonly string[] } {
  return { trusted: files.trusted_hosts, dns: smtp_in.dns };
}

export function storeOptions({ store }: Config): SqliteOptions {
  return { keepMessages: store.keep_messages, keepOriginals: store.keep_originals };
}

/** Undefined when no links are made. */
export function linkOptions({ web: { listen, public_url: publicUrl, link_expiry }, store }: Config): Omit<LinkOptions, 'key'> | undefined {
  if (listen === undefined || publicUrl === undefined) return undefined;
  return { publicUrl, lifetime: Math.min(link_expiry, Math.max(store.keep_originals, store.keep_messages)) };
}

/** Undefined where no SMS can be sent. */
export function smsRules({ sms: { mail, prefixes, codes_per_day: codesPerDay } }: Config): SmsRules | undefined {
  return mail && { mail, prefixes, codesPerDay };
}

/** @param known what is not in the configuration */
export function accessRules(config: Config, known: Pick<AccessRules, 'isRegistered' | 'isBlocked' | 'numbers' | 'addressee'>): AccessRules {
  const gateway = gatewayNames(config);
  return {
    gateway,
    allow: config.access.allow,
    ...known,
    admins: config.access.admins,
    messageOfReturnAddress: (address) => parseReturnAddress(address, gateway.domain),
  };
}

export function limitRates({ limits }: Config): LimitRates {
  return limits;
}

export function lifetimes({ smtp_out: { warn, expire } }: Config): Lifetimes {
  return { warn, expire };
}

export function queuePolicy({ smtp_out: { retry, warn } }: Config): QueuePolicy {
  return {
    retry: { ...DEFAULT_POLICY.retry, schedule: retry },
    overdueEvery: Math.min(DEFAULT_POLICY.overdueEvery, warn),
  };
}
