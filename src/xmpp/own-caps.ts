/**
 * What the gateway says of its abilities (XEP-0115) to users who publish their presence, and what a question about it is answered with.
 * Servers send the events of a user's PEP nodes to whom he lets see his presence, and who says in this way that he wants them (XEP-0163 §4.3.2):
 * so the gateway hears of a new picture (XEP-0084), nickname (XEP-0172) or vCard4 (XEP-0292).
 *
 * Tried: Prosody 0.12 asks once by the user's bare JID, and remembers it over his logins, until a presence without caps comes. ejabberd 23.01 asks by each session, sends events by
 * any one of them, and hears nothing from a bare JID of a component unless `mod_muc` is loaded, as it is by default.
 */
import { verification } from './capabilities.js';
import { el, NS, type Element } from './xml.js';

/** Nodes whose events the gateway wants. */
export const WANTED = [NS.avatarMetadata, NS.nick, NS.vcard4Node] as const;

/** XEP-0060 §10: all of it that we have. */
export const ITEMS = 'http://jabber.org/protocol/pubsub#retrieve-items';

/** XEP-0191 §3.1, XEP-0377 §2. */
export const BLOCKING_FEATURES = [NS.blocking, NS.reporting, NS.reportingFirst, 'urn:xmpp:reporting:reason:spam:0', 'urn:xmpp:reporting:reason:abuse:0'];

/** XEP-0106 §5: clients must take escaping for unsupported unless it is listed here. XEP-0033 §2: one message to several people. */
const FEATURES = [
  ...BLOCKING_FEATURES,
  NS.info, NS.items, 'jid\\20escaping', NS.gateway, NS.version, NS.ping, NS.last, NS.time, NS.vcard, NS.vcard4,
  NS.pubsub, ITEMS, NS.avatarMetadata, NS.avatarData, NS.address, NS.rosterx, NS.commands, NS.caps,
  ...WANTED.map((node) => `${node}+notify`),
];

const NODE = 'urn:stanzapost:gateway';

/** XEP-0163 §6.1: how clients learn that they may ask for nodes. */
export const pep = (): Element => el('identity', { category: 'pubsub', type: 'pep' });

/** @param registers may the one who asks register? @param node as it was asked for */
export function gatewayInfo(registers: boolean, node?: string): Element {
  const features = [...FEATURES, ...(registers ? [NS.register] : [])];
  return el('query', { xmlns: NS.info, node }, el('identity', { category: 'gateway', type: 'smtp', name: 'E-mail' }), pep(), features.map((name) => el('feature', { var: name })));
}

const VERSIONS = [true, false].map((registers) => ({ registers, ver: verification(gatewayInfo(registers), 'sha-1') ?? '' }));

/** For the gateway's own presence to those of whom it wants events. @param registers may the one who sees it register? */
export function ownCaps(registers: boolean): Element {
  return el('c', { xmlns: NS.caps, hash: 'sha-1', node: NODE, ver: VERSIONS.find((one) => one.registers === registers)?.ver });
}

/** What the presence that names this node meant; undefined for any other node. */
export function infoAt(node: string): Element | undefined {
  const meant = VERSIONS.find(({ ver }) => node === `${NODE}#${ver}`);
  return meant && gatewayInfo(meant.registers, node);
}
