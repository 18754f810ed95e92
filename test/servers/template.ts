/** Fills the `{{name}}` places of a trial server's configuration. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
const ROOT = new URL('../../', import.meta.url);

/** With a `/` at its end. */
export const ROOT_PATH = fileURLToPath(ROOT);

/** Reads a file of the repository. */
export function readRepositoryFile(path: string): Promise<string> {
  return readFile(new URL(path, ROOT), 'utf8');
}

/** Replaces each `{{name}}`; throws on a name without a value. */
export function fill(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{\{(\w+)\}\}/g, (_place, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`no value for {{${name}}}`);
    return String(value);
  });
}

/** The block an administrator pastes, with the example's domain and secret replaced by ours. */
export async function componentBlock(path: string, component: string, secret: string): Promise<string> {
  const block = await readRepositoryFile(path);
  const filled = block.replaceAll('mail.example.com', component).replaceAll('REPLACE-WITH-A-LONG-SECRET', secret);
  if (!filled.includes(`"${component}"`) || !filled.includes(`"${secret}"`)) throw new Error(`${path} lacks the domain or the secret`);
  return filled;
}

/** A block that an administrator may add, such as that which grants XEP-0356 privileges, with the example's domain replaced by ours. */
export async function privilegeBlock(path: string, component: string): Promise<string> {
  return (await readRepositoryFile(path)).replaceAll('mail.example.com', component);
}
