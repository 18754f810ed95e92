/**
 * A View as PIDF (RFC 3863), for programs of the SIP world. XMPP's show value stands in the status as RFC 3922 §3.4.2 has it; beside it what such
 * programs know: activities and idleness (RFC 4480) of the person (RFC 4479), his name and picture (RFC 4482). What PIDF has no word for is left out:
 * the kind of client, and when somebody was last seen. Pure.
 */
import type { View } from '../../presence/view.js';
import { escape } from '../markup.js';
import type { Format } from './format.js';
import { presenceOf, type Presence } from './json.js';
import { escaped, pageUrl } from './plain.js';
import { element } from './xml.js';

const NAMESPACES = [
  'xmlns="urn:ietf:params:xml:ns:pidf"', 'xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"', 'xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid"', 'xmlns:ci="urn:ietf:params:xml:ns:pidf:cipid"',
].join(' ');

const ACTIVITIES: Readonly<Record<string, string>> = { away: 'away', xa: 'away', dnd: 'busy' };

export const PIDF_FORMAT: Format = {
  name: 'pidf',
  type: 'application/pidf+xml; charset=utf-8',
  one: (view, publicUrl) => {
    const told = presenceOf(view, publicUrl);
    return `<?xml version="1.0" encoding="UTF-8"?>\n<presence ${NAMESPACES} entity="${escape(entityOf(view, publicUrl))}">\n${tuple(told)}\n${person(told)}</presence>\n`;
  },
};

/** Who was asked for by a link is called by the link. */
function entityOf({ name }: View, publicUrl: string): string {
  const at = name.lastIndexOf('@');
  return at < 0 ? pageUrl(name, publicUrl) : `pres:${escaped(name.slice(0, at))}@${escaped(name.slice(at + 1))}`;
}

/** In the order of the schema: status, what others add, contact, note, timestamp. */
function tuple({ presence, show, status, idle_since: idle, changed_at: changed, xmpp, mail }: Presence): string {
  const basic = element('basic', presence === 'online' ? 'open' : 'closed');
  return [
    '<tuple id="chat">',
    `<status>${basic}${show === undefined ? '' : `<show xmlns="jabber:client">${show}</show>`}</status>`,
    idle === undefined ? '' : `<rpid:user-input last-input="${idle}">idle</rpid:user-input>`,
    element('contact', xmpp ?? mail),
    element('note', status),
    element('timestamp', changed),
    '</tuple>',
  ].join('');
}

function person({ show, name, picture }: Presence): string {
  const activity = ACTIVITIES[show ?? ''];
  const inside = [activity === undefined ? '' : `<rpid:activities><rpid:${activity}/></rpid:activities>`, element('ci:display-name', name), element('ci:icon', picture)].join('');
  return inside === '' ? '' : `<dm:person id="person">${inside}</dm:person>\n`;
}
