/** Ways to take the disk from a running gateway, and to give it back. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { GatewayOptions, GatewayProcess } from '../test/scenarios/gateway-process.js';

const run = promisify(execFile);
const PRELOADED = '/usr/lib/fiu/fiu_run_preload.so /usr/lib/fiu/fiu_posix_preload.so';

export interface Trouble {
  readonly title: string;
  /** True when nothing at all can be written while it lasts. */
  readonly total: boolean;
  readonly wrap: NonNullable<GatewayOptions['wrap']>;
  begin(gateway: GatewayProcess): Promise<void>;
  end(gateway: GatewayProcess): Promise<void>;
}

/** A user who is not root has mounts of their own only in a user namespace of their own. */
const NAMESPACE = process.getuid?.() === 0 ? ['-m'] : ['-r', '-m'];

/** Whether the machine lets us mount a file system that only our child sees. */
export async function mayMount(): Promise<boolean> {
  const dir = await mkdtemp(join(tmpdir(), 'stanzapost-mount-'));
  try {
    await run('unshare', [...NAMESPACE, 'mount', '-t', 'tmpfs', 'tmpfs', dir]);
    return true;
  } catch {
    return false;
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** Runs the gateway with a file system of its own in its data directory. @param options of mount */
export function onOwnDisk(options: string): Trouble['wrap'] {
  return (command, gateway) => ({
    ...command,
    file: 'unshare',
    // A new user namespace takes the wish to die with us away: it is wished again.
    args: [...NAMESPACE, 'setpriv', '--pdeathsig', 'KILL', 'sh', '-c', `mount -t tmpfs -o ${options} tmpfs "$0" && exec "$@"`, dirname(gateway.storePath), command.file, ...command.args],
  });
}

/** Really full: a tmpfs of 8 MB in the gateway's own mount namespace, filled through /proc. */
export function smallDisk(): Trouble {
  return {
    title: 'disk full',
    total: true,
    wrap: onOwnDisk('size=8m,mode=700'),
    begin: async (gateway) => {
      // The rest of the last page too: a file ends anywhere.
      const full = await writeFile(ballast(gateway), Buffer.alloc(16 << 20)).then(() => false, (error: NodeJS.ErrnoException) => error.code === 'ENOSPC');
      if (!full) throw new Error('the small disk is not full');
    },
    end: (gateway) => rm(ballast(gateway)),
  };
}

function ballast(gateway: GatewayProcess): string {
  return join('/proc', String(gateway.pid), 'root', dirname(gateway.storePath), 'ballast');
}

/** The system call fails with this error. @param probability below 1: now and then */
export function underFiu(title: string, call: string, error: 'ENOSPC' | 'EIO' | 'EROFS', probability = 1): Trouble {
  const control = (gateway: GatewayProcess): string => join(gateway.dir, 'fiu');
  const tell = async (gateway: GatewayProcess, command: string): Promise<void> => {
    await run('fiu-ctrl', ['-f', control(gateway), '-c', command, String(gateway.pid)]);
  };
  const failinfo = `failinfo=${error === 'EROFS' ? constants.errno.EROFS : constants.errno[error]}`;
  return {
    title: `${title} (${error})`,
    total: probability === 1,
    wrap: (command, gateway) => ({
      ...command,
      // For the gateway alone: the control pipe carries the id of the process that made it.
      file: 'env',
      args: [`LD_PRELOAD=${PRELOADED}`, `FIU_CTRL_FIFO=${control(gateway)}`, 'FIU_ENABLE=', command.file, ...command.args],
    }),
    begin: (gateway) => tell(gateway, probability === 1 ? `enable name=${call},${failinfo}` : `enable_random name=${call},${failinfo},probability=${probability}`),
    end: (gateway) => tell(gateway, `disable name=${call}`),
  };
}
