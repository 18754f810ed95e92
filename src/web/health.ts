/** How the gateway is, part by part. */

export interface PartHealth {
  readonly ok: boolean;
  /** For the administrator: `connected since 12:03`, or why not. No secrets, no addresses of users. */
  readonly text: string;
  /** It is ok, and an administrator should look all the same. */
  readonly attention?: true;
  /** What to do about it, where the log does not tell more. */
  readonly mend?: string;
}

export interface Health {
  /** The process does its work; false: only a restart can help. */
  readonly live: boolean;
  /** Every part it needs is there: the XMPP link is up, the store takes writes, the relay answers. */
  readonly ready: boolean;
  readonly parts: Readonly<Record<string, PartHealth>>;
}
