/**
 * Whether the home server has a user of a name. RFC 6121 §8.5.1 wants nobody told, and to requests and presence the servers answer alike for
 * all; but a message to an unknown user comes back, and one to a known user does not. Each name is asked with an empty message, which no client
 * shows and nobody keeps, beside a name that nobody has:
 *
 * - a headline comes back from ejabberd for unknown names only, from Prosody never;
 * - a normal message comes back from Prosody for unknown names only (as long as it has an offline store), from ejabberd for everybody who is
 *   offline too.
 *
 * So a name is proven to be in use. That it is not in use is no proof: a user whose server blocks us for him is answered like nobody.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GatewayNames } from '../address.js';
import { isFailure, type Failure } from '../failure.js';
import type { IqCaller } from './iq.js';
import { el, NS, type Element } from './xml.js';

interface Ports {
  readonly gateway: Pick<GatewayNames, 'domain' | 'home'>;
  readonly send: (stanza: Element) => Failure | undefined;
  readonly iq: Pick<IqCaller, 'request'>;
}

const KINDS = ['headline', 'normal'] as const;
/** An answer to a ping proves that errors which the server itself sends have arrived; those of a user's session may be later. */
const LATE_MS = 500;
const DEADLINE_MS = 10_000;

export class NameProbe {
  private readonly open = new Map<string, { failed: boolean }>();

  constructor(private readonly ports: Ports) {}

  /**
   * @param names local parts
   * @returns `used`: the server has a user of at least one; `unused`: it answers as for nobody; undefined when it cannot be told. Never rejects
   */
  async ask(names: readonly string[]): Promise<'used' | 'unused' | undefined> {
    const nobody = `x${randomBytes(12).toString('hex')}`;
    const asked = KINDS.map((kind) => [nobody, ...names].map((name) => this.put(kind, name)));
    try {
      if (asked.flat().some(({ unsent }) => unsent)) return undefined;
      const features = await this.features();
      if (features === undefined) return undefined;
      await sleep(LATE_MS);
      const [headline, normal] = asked.map((ofKind) => ofKind.map(({ state }) => state.failed));
      if ([headline, normal].some((ofKind) => ofKind?.[0] === true && !ofKind.every(Boolean))) return 'used';
      const tells = headline?.[0] === true || (normal?.[0] === true && features.has('msgoffline'));
      return tells && !(await this.anyDiffers(nobody, names)) ? 'unused' : undefined;
    } finally {
      for (const { id } of asked.flat()) this.open.delete(id);
    }
  }

  /** Takes an error that answers a probe; false for any other stanza. */
  answered({ name, attrs }: Element): boolean {
    const state = name === 'message' && attrs.type === 'error' ? this.open.get(attrs.id ?? '') : undefined;
    if (state !== undefined) state.failed = true;
    return state !== undefined;
  }

  private put(kind: string, name: string): { readonly id: string; readonly state: { failed: boolean }; readonly unsent: boolean } {
    const { gateway, send } = this.ports;
    const id = `name-${randomBytes(9).toString('base64url')}`;
    const state = { failed: false };
    this.open.set(id, state);
    const hint = (hinted: string): Element => el(hinted, { xmlns: 'urn:xmpp:hints' });
    const message = el('message', { type: kind, from: gateway.domain, to: `${name}@${gateway.home}`, id }, hint('no-store'), hint('no-permanent-store'));
    return { id, state, unsent: send(message) !== undefined };
  }

  /** What the home server says of itself; its answer comes behind the errors. */
  private async features(): Promise<ReadonlySet<string> | undefined> {
    const { iq, gateway } = this.ports;
    const answer = await iq.request({ from: gateway.domain, to: gateway.home, type: 'get', payload: el('query', { xmlns: NS.info }), deadline: DEADLINE_MS });
    if (isFailure(answer)) return undefined;
    return new Set(answer.getChild('query', NS.info)?.getChildren('feature').map(({ attrs }) => attrs.var ?? ''));
  }

  /** Prosody answers a request to a user who blocks us with an error, and one to nobody with a result. */
  private async anyDiffers(nobody: string, names: readonly string[]): Promise<boolean> {
    const { iq, gateway } = this.ports;
    const ping = async (name: string): Promise<string | undefined> => {
      const answer = await iq.request({ from: gateway.domain, to: `${name}@${gateway.home}`, type: 'get', payload: el('ping', { xmlns: NS.ping }), deadline: DEADLINE_MS });
      return isFailure(answer) ? undefined : answer.attrs.type;
    };
    const [first, ...others] = await Promise.all([nobody, ...names].map(ping));
    return first === undefined || others.some((type) => type !== first);
  }
}
