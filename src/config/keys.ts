/**
 * Every key of `stanzapost.toml`, once: how it is checked, its default, and the comment that `init` writes beside it; each section in a
 * file of its own. A key has the same name here, in the file and in `Config`.
 */
import type { Key, Section } from './key.js';
import { access } from './keys/access.js';
import { backup } from './keys/backup.js';
import { files } from './keys/files.js';
import { limits } from './keys/limits.js';
import { log } from './keys/log.js';
import { offline } from './keys/offline.js';
import { sms } from './keys/sms.js';
import { smtpIn } from './keys/smtp-in.js';
import { smtpOut } from './keys/smtp-out.js';
import { store } from './keys/store.js';
import { web } from './keys/web.js';
import { xmpp } from './keys/xmpp.js';

/** In the order in which `init` writes them. */
export const SECTIONS = {
  xmpp,
  access,
  limits,
  smtp_in: smtpIn,
  smtp_out: smtpOut,
  web,
  sms,
  files,
  offline,
  store,
  backup,
  log,
} satisfies Record<string, Section>;

type ValueOf<K> = K extends Key<infer T> ? T : never;

/** The checked configuration: `config.smtp_in.max_size` is the key `max_size` of `[smtp_in]`, in bytes; durations are in ms. */
export type Config = {
  readonly [S in keyof typeof SECTIONS]: {
    readonly [K in keyof (typeof SECTIONS)[S]['keys']]: ValueOf<(typeof SECTIONS)[S]['keys'][K]>;
  };
};
