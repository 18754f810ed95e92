/** A real rspamd with rules of our own, which asks nobody: no DNS, no Redis, no maps. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimPort } from './ports.js';
import { ServerProcess } from './process.js';

/** What makes rspamd reject a mail that has it in its text (https://spamassassin.apache.org/gtube/). */
export const GTUBE = 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X';

const START_DEADLINE_MS = 30_000;

/**
 * A mail whose subject holds `rspamd:ACTION` gets that action, and with `rspamd:facts` a soft reject by which rspamd says what it knows of
 * the mail's way.
 */
const RULES = `
local function facts(task)
  local ip = task:get_from_ip()
  local from = task:get_from('smtp')
  local to = {}
  for _, one in ipairs(task:get_recipients('smtp') or {}) do to[#to + 1] = one.addr end
  local words = {
    'ip=' .. (ip and ip:is_valid() and ip:to_string() or 'none'),
    'helo=' .. (task:get_helo() or 'none'),
    'from=' .. (from and from[1] and from[1].addr or 'none'),
    'to=' .. table.concat(to, ','),
    'queue=' .. tostring(task:get_queue_id()),
    'size=' .. tostring(task:get_size()),
    'end=' .. tostring(task:get_content()):sub(-20):gsub('%s', ''),
  }
  return table.concat(words, ' ')
end

local scores = { ['add header'] = 7, greylist = 4.5, reject = 20 }

rspamd_config:register_symbol({
  name = 'TEST_SUBJECT',
  type = 'normal',
  score = 1,
  callback = function(task)
    local wanted = (task:get_subject() or ''):match('rspamd:([%a ]+)')
    if wanted == 'soft reject' then task:set_pre_result('soft reject', 'Try again, \\n4 times') end
    if wanted == 'facts' then task:set_pre_result('soft reject', facts(task)) end
    if scores[wanted] then return true, scores[wanted], wanted end
    return false
  end
})
`;

export interface Rspamd {
  readonly url: string;
  /** What it logged. */
  log(): string;
  /** It takes connections, and answers nobody. */
  suspend(): void;
  resume(): void;
  /** SIGKILL; `start` brings it back on the same port. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Ends it, and removes what it has written. */
  stop(): Promise<void>;
}

export async function startRspamd(): Promise<Rspamd> {
  const dir = await mkdtemp(join(tmpdir(), 'stanzapost-rspamd-'));
  await chmod(dir, 0o755);
  const port = await claimPort();
  await writeFile(join(dir, 'rules.lua'), RULES);
  // Debian's own list of suffixes takes ten seconds to compile.
  await writeFile(join(dir, 'suffixes'), 'com\norg\nnet\ntest\nexample\n');
  await writeFile(join(dir, 'rspamd.conf'), configuration(dir, port));
  let running: ServerProcess | undefined;
  let past = '';
  const server: Rspamd = {
    url: `http://127.0.0.1:${port}`,
    log: () => past + (running?.output() ?? ''),
    suspend: () => signal(running, 'SIGSTOP'),
    resume: () => signal(running, 'SIGCONT'),
    kill: async () => running?.kill(),
    start: async () => {
      past = server.log();
      running = new ServerProcess({ file: '/usr/bin/rspamd', args: ['-f', '--insecure', '-c', join(dir, 'rspamd.conf')], cwd: dir });
      await running.waitFor('rspamd answers', () => pongs(port), START_DEADLINE_MS);
    },
    stop: async () => {
      await server.kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
  await server.start().catch(async (error: unknown) => {
    await server.stop();
    throw error;
  });
  return server;
}

/** To it and its workers, which are one group. */
function signal(server: ServerProcess | undefined, name: NodeJS.Signals): void {
  if (server?.pid !== undefined) process.kill(-server.pid, name);
}

async function pongs(port: number): Promise<boolean> {
  try {
    return (await (await fetch(`http://127.0.0.1:${port}/ping`, { signal: AbortSignal.timeout(1_000) })).text()).startsWith('pong');
  } catch {
    return false; // not yet
  }
}

/** The `filters` that would need nothing from outside are none. */
function configuration(dir: string, port: number): string {
  return `options {
  pidfile = "${dir}/rspamd.pid";
  tempdir = "${dir}";
  url_tld = "${dir}/suffixes";
  control_socket = "${dir}/control.sock mode=0600";
  hs_cache_dir = "${dir}";
  cache_file = "${dir}/symbols.cache";
  filters = "";
  dns { nameserver = ["127.0.0.1:9"]; timeout = 1s; }
  local_addrs = [];
}
logging { type = "console"; level = "info"; color = false; }
worker "normal" {
  bind_socket = "127.0.0.1:${port}";
  count = 1;
}
actions { reject = 15; add_header = 6; greylist = 4; }
lua = "${dir}/rules.lua";
`;
}
