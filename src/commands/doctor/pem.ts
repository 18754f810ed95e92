/** Files that the configuration names. */
import { readFileSync } from 'node:fs';
import { problem, type Finding } from './finding.js';

/** The file's text, or what is wrong with reading it. */
export function readPem(key: string, path: string): string | Finding {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const { code = String(cause) } = cause as NodeJS.ErrnoException;
    const mend = code === 'EACCES' ? `let the user of the gateway read ${path}` : `correct ${key}`;
    return problem('file', `${key} names ${path}, which cannot be read (${code})`, mend);
  }
}
