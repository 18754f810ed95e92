/** What the API's documents look like: JSON Schema 2020-12, as OpenAPI 3.1 has it. Objects may get further keys. */
import { CLIENT_KINDS } from '../../../presence/view.js';
import { LONGEST_NAME, MOST_NAMES } from '../names.js';

const time = { type: 'string', format: 'date-time' } as const;
const id = { type: 'string', minLength: 1, maxLength: LONGEST_NAME } as const;

/** Keys that the user does not show are left out. */
const Presence = {
  type: 'object',
  required: ['id', 'presence', 'strangers'],
  properties: {
    id: { ...id, description: 'The name that was asked for: the id of a link, or the JID as this server spells it.' },
    presence: { enum: ['online', 'offline'] },
    show: { enum: ['away', 'chat', 'dnd', 'xa'], description: 'RFC 6121 §4.7.2.1. Absent: simply available, or not shown.' },
    status: { type: 'string', description: 'The user\'s words: foreign text, to be escaped wherever it is shown.' },
    client: { enum: CLIENT_KINDS, description: 'The kind of program he uses, as it calls itself.' },
    idle_since: { ...time, description: 'Since when he has not touched that program.' },
    changed_at: { ...time, description: 'When he came, went, or changed any of the above.' },
    last_seen: { ...time, description: 'When he was last known to be online. Absent while he is.' },
    name: { type: 'string', description: 'Foreign text.' },
    picture: { type: 'string', format: 'uri', description: 'A new picture has a new address.' },
    strangers: { type: 'boolean', description: 'Strangers may write to him; then xmpp and perhaps mail say how.' },
    xmpp: { type: 'string', format: 'uri', description: 'RFC 5122: opens a chat program.' },
    mail: { type: 'string', format: 'uri', description: 'RFC 6068.' },
  },
  xml: { name: 'user' },
  example: { id: 'mjqg6zlomvxgk4tboruw63rafy', presence: 'online', show: 'dnd', status: 'In Mantua', client: 'phone', changed_at: '2027-01-15T08:00:01Z', strangers: true, xmpp: 'xmpp:romeo@example.com', mail: 'mailto:romeo@example.com' },
} as const;

const Unknown = {
  type: 'object',
  description: 'Of one who is not there, or who shows the asker nothing: the two are the same.',
  required: ['id', 'presence'],
  properties: { id: { ...id, description: 'As it was asked for.' }, presence: { const: 'unknown' } },
  xml: { name: 'user' },
} as const;

const Presences = {
  type: 'object',
  required: ['presences'],
  properties: {
    presences: {
      type: 'array', maxItems: MOST_NAMES, description: 'In the order asked, repeats included.',
      items: { oneOf: [{ $ref: '#/components/schemas/Presence' }, { $ref: '#/components/schemas/Unknown' }], xml: { name: 'user' } },
    },
  },
  xml: { name: 'presences' },
} as const;

const Names = {
  type: 'object',
  required: ['ids'],
  properties: { ids: { type: 'array', maxItems: MOST_NAMES, items: id } },
  example: { ids: ['mjqg6zlomvxgk4tboruw63rafy', 'juliet@example.com'] },
} as const;

const Mails = {
  type: 'object',
  required: ['mail'],
  properties: { mail: { type: 'array', maxItems: MOST_NAMES, items: id } },
  example: { mail: ['romeo@montague.example', 'juliet@mail.example.com'] },
} as const;

const Problem = {
  type: 'object',
  description: 'RFC 9457.',
  required: ['type', 'title', 'status', 'detail'],
  properties: { type: { type: 'string', format: 'uri-reference' }, title: { type: 'string' }, status: { type: 'integer', minimum: 400, maximum: 599 }, detail: { type: 'string', description: 'For whoever wrote the program that asks.' } },
} as const;

export const SCHEMAS = { Presence, Unknown, Presences, Names, Mails, Problem };
