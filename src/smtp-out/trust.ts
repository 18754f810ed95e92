/** When TLS must be there, and when the relay's certificate must be one that we know. Pure. */
import { isLoopback, type Relay } from './relay-url.js';

export interface Trust {
  /** No session without TLS. */
  readonly tls: boolean;
  /** The certificate must be signed by the CA given, or by one the system knows, for the relay's name. */
  readonly certificate: boolean;
}

/**
 * STARTTLS is used where it is offered. Without a reason to know whom we speak to (no login, TLS not required, no CA
 * given) any certificate will do: whoever could forge it could hide STARTTLS as well. The MTA on this very machine often
 * has a self-made one, and nobody stands between: there only a CA that was given is held against it. A login never
 * leaves this machine in the clear, or to a stranger.
 */
export function trustOf(relay: Relay, requireTls: boolean, ca: string | undefined): Trust {
  const away = !isLoopback(relay.host);
  const login = relay.login !== undefined;
  return {
    tls: relay.protocol === 'smtps' || requireTls || (away && login),
    certificate: ca !== undefined || (away && (relay.protocol === 'smtps' || requireTls || login)),
  };
}
