/** What each client of a user can do (XEP-0030), kept by what its presence says of it (XEP-0115), where that is true. */
import { createHash } from 'node:crypto';
import { bareJid, formatJid, type Jid } from '../address.js';
import { Bounded } from '../bounded.js';
import { isFailure } from '../failure.js';
import { own } from '../own.js';
import type { Client, ClientCaps } from '../presence/whereabouts.js';
import type { IqCaller } from './iq.js';
import { el, NS, type Element } from './xml.js';

export interface Abilities {
  readonly features: ReadonlySet<string>;
  /** Such as `client/phone`. */
  readonly kinds: readonly string[];
}

const NONE: Abilities = { features: new Set(), kinds: [] };
const DEADLINE = 5_000;
const MOST_KEPT = 2_000;
const MOST_FEATURES = 500;
/** A feature or identity longer than this is none. */
const LONGEST = 200;
/** XEP-0115 §5.1 and its hash function registry; others are asked for each client. */
const HASHES: Readonly<Record<string, string>> = { 'sha-1': 'sha1', 'sha-256': 'sha256', 'sha-512': 'sha512' };

export class Capabilities {
  /** By hash function and hash. */
  private readonly byHash = new Bounded<string, Abilities>(MOST_KEPT);
  private readonly ofClient = new WeakMap<Client, Promise<Abilities>>();

  /** @param domain the gateway's own, which asks */
  constructor(
    private readonly iq: IqCaller,
    private readonly domain: string,
  ) {}

  /** Nothing for a client that does not answer. */
  of(user: Jid, client: Client): Promise<Abilities> {
    const known = client.caps && this.byHash.get(keyOf(client.caps));
    if (known !== undefined) return Promise.resolve(known);
    const asked = this.ofClient.get(client) ?? this.ask(user, client);
    this.ofClient.set(client, asked);
    return asked;
  }

  private async ask(user: Jid, { resource, caps }: Client): Promise<Abilities> {
    const to = formatJid({ ...bareJid(user), resource });
    const node = caps && `${caps.node}#${caps.ver}`;
    const answer = await this.iq.request({ from: this.domain, to, type: 'get', payload: el('query', { xmlns: NS.info, node }), deadline: DEADLINE });
    const info = isFailure(answer) || answer.attrs.type !== 'result' ? undefined : answer.getChild('query', NS.info);
    if (info === undefined) return NONE;
    const abilities = abilitiesIn(info);
    // Anybody can claim a hash: what is not true is believed of this client only.
    if (caps !== undefined && verification(info, caps.hash) === caps.ver) this.byHash.set(keyOf(caps), abilities);
    return abilities;
  }
}

function keyOf({ hash, ver }: ClientCaps): string {
  return `${hash} ${ver}`;
}

function abilitiesIn(info: Element): Abilities {
  const features = info.getChildren('feature').map(({ attrs }) => attrs.var ?? '');
  const kinds = info.getChildren('identity').map(({ attrs }) => `${attrs.category ?? ''}/${attrs.type ?? ''}`);
  const short = (text: string): boolean => text.length <= LONGEST;
  return { features: new Set(features.filter(short).slice(0, MOST_FEATURES)), kinds: kinds.filter(short).slice(0, 10) };
}

/** XEP-0115 §5.1; undefined where it may not be generated (§5.4), or the function is not known. */
export function verification(info: Element, hash: string): string | undefined {
  const algorithm = own(HASHES, hash);
  if (algorithm === undefined) return undefined;
  const identities = info.getChildren('identity').map(({ attrs }) => `${attrs.category ?? ''}/${attrs.type ?? ''}/${attrs['xml:lang'] ?? ''}/${attrs.name ?? ''}`);
  const features = info.getChildren('feature').map(({ attrs }) => attrs.var ?? '');
  const forms = info.getChildren('x', NS.forms).map(formText);
  if (hasTwice(identities) || hasTwice(features) || forms.includes(undefined)) return undefined;
  const parts = [...inOrder(identities), ...inOrder(features), ...inOrder(forms.map((form) => form ?? ''))].map((part) => (part.endsWith('<') ? part : `${part}<`));
  return createHash(algorithm).update(parts.join('')).digest('base64');
}

/** XEP-0128; undefined for a form without a FORM_TYPE. */
function formText(form: Element): string | undefined {
  const fields = form.getChildren('field').map((field) => ({ name: field.attrs.var ?? '', values: inOrder(field.getChildren('value').map((value) => value.getText())) }));
  const type = fields.find(({ name }) => name === 'FORM_TYPE')?.values[0];
  if (type === undefined) return undefined;
  const others = fields.filter(({ name }) => name !== 'FORM_TYPE').map(({ name, values }) => [name, ...values].map((part) => `${part}<`).join(''));
  return `${type}<${inOrder(others).join('')}`;
}

/** By code point, as `i;octet` (RFC 4790 §9.3) orders UTF-8. */
function inOrder(texts: readonly string[]): string[] {
  return [...texts].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
}

function hasTwice(texts: readonly string[]): boolean {
  return new Set(texts).size < texts.length;
}
