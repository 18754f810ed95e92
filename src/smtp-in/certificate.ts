/** The administrator's certificate: read, checked, and read again when its files change. */
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { Failure } from '../failure.js';
import type { CertificateFiles } from './options.js';

/** PEM texts. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** How often the files are looked at, in ms: by their times, so that a link that is switched counts too. */
const LOOK_MS = 1_000;

/** @returns a permanent failure whose text names the file when one cannot be read, or the two do not belong together */
export function loadCertificate(files: CertificateFiles): Certificate | Failure {
  try {
    const certificate = { cert: readFileSync(files.cert, 'utf8'), key: readFileSync(files.key, 'utf8') };
    createSecureContext(certificate);
    return certificate;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return Failure.permanent('bad-content', `The certificate ${files.cert} with its key ${files.key} cannot be used: ${why}`, { cause });
  }
}

/** Calls back when one of the files has changed. @returns what ends that */
export function watchCertificate(files: CertificateFiles, changed: () => void): () => void {
  const paths = [files.cert, files.key];
  for (const path of paths) watchFile(path, { interval: LOOK_MS, persistent: false }, changed);
  return () => paths.forEach((path) => unwatchFile(path, changed));
}
