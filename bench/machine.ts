/** What the figures were measured on. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';

const PACKAGES = ['prosody', 'ejabberd', 'postfix', 'go-sendxmpp', 'sendxmpp', 'wrk', 'prosody-modules', 'ejabberd-mod-webpresence'];

/** One line: processor, memory, system, and the versions of what took part. */
export function machine(): string {
  const [first] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB of memory`;
  const packages = PACKAGES.flatMap((name) => versionOf(name) ?? []);
  return [`${cpus().length} cores (${first?.model.trim() ?? 'unknown'})`, memory, `Linux ${release().split('-', 1)[0] ?? ''}`, system(), `Node ${process.versions.node}`, ...packages].join(', ');
}

function system(): string {
  return /^PRETTY_NAME="?(.*?)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown system';
}

function versionOf(name: string): string | undefined {
  try {
    return `${name} ${execFileSync('dpkg-query', ['-W', '-f', '${Version}', name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })}`;
  } catch {
    return undefined;
  }
}
