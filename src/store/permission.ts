/** Whether the user whose process this is may open the store: an administrator at a terminal is often somebody else than the gateway. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** @returns what this user may not do, and what to do instead; undefined when he may, or when something else is wrong */
export function forbidden(path: string): string | undefined {
  if (isShut(dirname(path), constants.R_OK | constants.W_OK | constants.X_OK)) return `This user may not open the store in ${dirname(path)}: ${ownedBy(dirname(path))}.`;
  const file = [path, `${path}.lock`, `${path}-wal`, `${path}-shm`].find((file) => existsSync(file) && isShut(file, constants.R_OK | constants.W_OK));
  return file && `This user may not open ${file}: ${ownedBy(file)}. If root has made it by hand, give it to the gateway's user: chown.`;
}

function isShut(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EACCES';
  }
}

function ownedBy(path: string): string {
  return `use root, or the user it belongs to (uid ${statSync(path).uid})`;
}
