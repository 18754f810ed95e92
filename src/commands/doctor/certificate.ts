/** The certificate for incoming mail. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { formatDuration } from '../../config/units.js';
import { good, problem, skipped, warn, type DoctorContext, type Examine, type Finding } from './finding.js';

const PART = 'certificate';
/** Let's Encrypt renews 30 days ahead: less than this means that renewing has failed. */
const SOON_MS = 14 * 86_400_000;

export const examineCertificate: Examine = (context) => {
  const { tls_cert, tls_key } = context.config.smtp_in;
  if (tls_cert === undefined || tls_key === undefined) {
    return Promise.resolve([skipped(PART, 'none is set: mail comes in without TLS (smtp_in.tls_cert and tls_key)')]);
  }
  return Promise.resolve([judge(readFileSync(tls_cert, 'utf8'), readFileSync(tls_key, 'utf8'), context)]);
};

function judge(cert: string, key: string, { config, now }: DoctorContext): Finding {
  const certificate = parse(() => new X509Certificate(cert));
  const privateKey = parse(() => createPrivateKey(key));
  if (certificate === undefined) return problem(PART, 'smtp_in.tls_cert is no certificate in PEM form', 'name the file with the full chain');
  if (privateKey === undefined) return problem(PART, 'smtp_in.tls_key is no private key in PEM form, or has a passphrase', 'name a key without a passphrase');
  if (!certificate.checkPrivateKey(privateKey)) return problem(PART, 'smtp_in.tls_key is not the key of smtp_in.tls_cert', 'name the two files of one certificate');
  const left = Date.parse(certificate.validTo) - now;
  if (left <= 0) return problem(PART, `expired on ${certificate.validTo}`, 'renew it, then send the gateway a SIGHUP');
  if (left < SOON_MS) return warn(PART, `expires in ${formatDuration(left)}`, 'renew it, then send the gateway a SIGHUP');
  const names = certificate.subjectAltName ?? certificate.subject;
  if (certificate.checkHost(config.xmpp.domain) === undefined) {
    return warn(PART, `is for ${names}, not for ${config.xmpp.domain}`, 'it must bear the name that the MX record gives: see the line on MX');
  }
  return good(PART, `good for ${formatDuration(left)}: ${names}`);
}

function parse<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}
