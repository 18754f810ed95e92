/** Whoever may not open the store is told so, and by whom it can be opened: not that there is none. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isFailure } from '../../src/failure.js';
import { openDatabase } from '../../src/store/open.js';

const NOBODY = 65_534;
const OPEN = new URL('../../src/store/open.ts', import.meta.url).href;
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'stanzapost-permission-'));
  const made = openDatabase(join(dir, 'x.db'), true);
  if (isFailure(made)) throw new Error(made.text);
  made.close();
});
afterEach(() => rmSync(dir, { recursive: true }));

/** As nobody, where we are root; else nobody may open what has no mode. Modules are read before. */
function openedByAnother(exclusive: boolean): string {
  const code = `
    const { openDatabase } = await import(${JSON.stringify(OPEN)});
    openDatabase(':memory:', false);
    if (process.getuid() === 0) process.setuid(${NOBODY});
    const opened = openDatabase(${JSON.stringify(join(dir, 'x.db'))}, ${exclusive});
    console.log(opened.text ?? 'opened');`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], { encoding: 'utf8' });
  return stdout.trim() || stderr;
}

test.each([true, false])('in a directory that is shut (exclusive: %s)', (exclusive) => {
  chmodSync(dir, process.getuid?.() === 0 ? 0o700 : 0);
  const told = openedByAnother(exclusive);
  chmodSync(dir, 0o700);
  expect(told).toBe(`This user may not open the store in ${dir}: use root, or the user it belongs to (uid ${process.getuid?.()}).`);
});

test.each([[true, 'x.db.lock'], [false, 'x.db']] as const)('of files that root has made by hand (exclusive: %s)', (exclusive, file) => {
  chmodSync(dir, 0o777);
  chmodSync(join(dir, file), process.getuid?.() === 0 ? 0o600 : 0);
  if (exclusive && process.getuid?.() === 0) chmodSync(join(dir, 'x.db'), 0o666);
  expect(openedByAnother(exclusive)).toBe(`This user may not open ${join(dir, file)}: use root, or the user it belongs to (uid ${process.getuid?.()}). If root has made it by hand, give it to the gateway's user: chown.`);
});
