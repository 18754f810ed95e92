/** The files that the configuration names must be there, and readable by this user. */
import { accessSync, constants } from 'node:fs';
import type { Config } from './keys.js';
import { error, type Problem } from './problem.js';

/** Secrets' files are not among them: they were read already. */
export function unreadableFiles({ smtp_in, smtp_out }: Config): Problem[] {
  const files: readonly (readonly [string, string | undefined])[] = [
    ['smtp_in.tls_cert', smtp_in.tls_cert],
    ['smtp_in.tls_key', smtp_in.tls_key],
    ['smtp_out.ca_file', smtp_out.ca_file],
    ['smtp_out.dkim_key_file', smtp_out.dkim_key_file],
  ];
  return files.flatMap(([key, path]) => (path === undefined ? [] : unreadable(key, path)));
}

function unreadable(key: string, path: string): Problem[] {
  try {
    accessSync(path, constants.R_OK);
    return [];
  } catch (cause) {
    return [error(key, `names a file that cannot be read (${(cause as NodeJS.ErrnoException).code ?? String(cause)})`)];
  }
}
