/** The relay with its login, wherever that was given. */
import { isFailure } from '../failure.js';
import { parseRelay, type Relay } from '../smtp-out/relay-url.js';
import type { Config } from './keys.js';

/** Holds the password in the clear: hand it to the outlet, never to a log. */
export function relayOf({ smtp_out: { relay, user, password } }: Config): Relay {
  const login = user === undefined || password === undefined ? undefined : { user, password: password.reveal() };
  const parsed = parseRelay(relay.reveal(), login);
  if (isFailure(parsed)) throw new Error('the relay was checked when the configuration was read');
  return parsed;
}

/** Every secret of the configuration, for the log to strike out; the last form is what AUTH PLAIN encodes. */
export function secretsOf(config: Config): readonly string[] {
  const { login } = relayOf(config);
  const { rspamd_password: forRspamd } = config.smtp_in;
  return [config.xmpp.secret.reveal(), ...(forRspamd === undefined ? [] : [forRspamd.reveal()]), ...(login === undefined ? [] : [login.password, `\0${login.user}\0${login.password}`])];
}
