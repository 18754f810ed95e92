/**
 * The SQLite schema, as append-only migrations: `user_version` counts those that were applied. A migration that was
 * released is never changed.
 *
 * Times are ms since the epoch. `json` columns hold plain data as `JSON.stringify` wrote it.
 */

/** Written to the file's header ("SPzt"): a database that carries another program's data is never touched. */
export const APPLICATION_ID = 0x53507a74;

const FIRST = `
-- A message that has, or had, at least one delivery.
CREATE TABLE messages (
  num INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  sender TEXT NOT NULL,
  accepted_at INTEGER NOT NULL,
  json TEXT NOT NULL
);

-- One message on its way to one recipient. attention_at: when its sender must hear of it (late, then expired).
CREATE TABLE deliveries (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  message INTEGER NOT NULL REFERENCES messages(num),
  lane INTEGER NOT NULL,
  outlet TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting',
  attempts INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  attention_at INTEGER,
  settled_at INTEGER,
  recipient TEXT NOT NULL,
  recipient_json TEXT NOT NULL,
  last_failure TEXT
);
CREATE INDEX deliveries_message ON deliveries(message);
CREATE INDEX deliveries_waiting ON deliveries(lane, seq, outlet) WHERE state = 'waiting';
CREATE INDEX deliveries_attention ON deliveries(attention_at) WHERE attention_at IS NOT NULL;

-- A lane exists while deliveries wait in it. due_at stays as it was while the lane is claimed.
CREATE TABLE lanes (
  num INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  outlet TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  claimed INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX lanes_due ON lanes(outlet, due_at) WHERE claimed = 0;
CREATE INDEX lanes_claimed ON lanes(num) WHERE claimed = 1;

-- Source keys of the repeat window.
CREATE TABLE seen (
  num INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  at INTEGER NOT NULL
);

-- What a chat user and a mail address have said to each other; seq is the delivery's. Never looked up without its pair.
CREATE TABLE pairs (
  num INTEGER PRIMARY KEY,
  chat TEXT NOT NULL,
  mail TEXT NOT NULL,
  UNIQUE (chat, mail)
);
CREATE TABLE said (
  seq INTEGER PRIMARY KEY,
  pair INTEGER NOT NULL REFERENCES pairs(num),
  parent INTEGER,
  at INTEGER NOT NULL,
  stanza TEXT,
  origin TEXT,
  mail TEXT,
  thread TEXT NOT NULL,
  subject TEXT
);
CREATE INDEX said_pair ON said(pair, seq);
CREATE INDEX said_stanza ON said(pair, stanza) WHERE stanza IS NOT NULL;
CREATE INDEX said_origin ON said(pair, origin) WHERE origin IS NOT NULL;
CREATE INDEX said_mail ON said(pair, mail) WHERE mail IS NOT NULL;

-- Original mails. keep_until is unknown until a message that owns them is accepted, or a prune has seen them.
CREATE TABLE contents (
  num INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  keep_until INTEGER
);
CREATE INDEX contents_keep ON contents(keep_until);
CREATE TABLE pieces (
  content INTEGER NOT NULL REFERENCES contents(num),
  seq INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  UNIQUE (content, seq)
);

CREATE TABLE incidents (
  num INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  what TEXT NOT NULL,
  sender TEXT NOT NULL,
  recipient TEXT NOT NULL,
  message TEXT,
  failure TEXT NOT NULL
);

CREATE TABLE subscriptions (
  num INTEGER PRIMARY KEY,
  user_local TEXT NOT NULL,
  user_domain TEXT NOT NULL,
  contact_local TEXT NOT NULL,
  contact_domain TEXT NOT NULL,
  UNIQUE (user_local, user_domain, contact_local, contact_domain)
);
`;

/** Which delivery a source key stands for: what failed may be sent again. */
const SECOND = 'ALTER TABLE seen ADD COLUMN delivery INTEGER;';

/** Fewer entries to write per message: an id that we gave is at the end of its index, whatever the pair. */
const THIRD = `
ALTER TABLE seen RENAME TO old_seen;
-- Source keys of the repeat window, each with the delivery it stands for.
CREATE TABLE seen (
  delivery INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  at INTEGER NOT NULL
);
INSERT OR IGNORE INTO seen SELECT delivery, key, at FROM old_seen WHERE delivery IS NOT NULL;
DROP TABLE old_seen;

DROP INDEX said_stanza;
DROP INDEX said_origin;
DROP INDEX said_mail;
CREATE INDEX said_stanza ON said(stanza, pair) WHERE stanza IS NOT NULL;
CREATE INDEX said_origin ON said(origin, pair) WHERE origin IS NOT NULL;
CREATE INDEX said_mail ON said(mail, pair) WHERE mail IS NOT NULL;

DROP INDEX lanes_claimed;
`;

/** A large original is in a file of its own, of this length and with this checksum; what lies here has one for each piece. */
const FOURTH = `
ALTER TABLE contents ADD COLUMN file_size INTEGER;
ALTER TABLE contents ADD COLUMN file_crc INTEGER;
ALTER TABLE pieces ADD COLUMN crc INTEGER;
`;

/** The ids of a pair's talk are looked for in its last rows: an index of each would be another page per message. */
const FIFTH = `
DROP INDEX said_stanza;
DROP INDEX said_origin;
DROP INDEX said_mail;
`;

/** Bursts of chat, what a conversation's answers need to know, and what is kept about people. */
const SIXTH = `
-- gather_until: it waits for more lines, and until when at most; gather_topic (JSON): for which. burst: it is complete; its first
-- delivery.
ALTER TABLE deliveries ADD COLUMN gather_until INTEGER;
ALTER TABLE deliveries ADD COLUMN gather_topic TEXT;
ALTER TABLE deliveries ADD COLUMN burst INTEGER;
CREATE INDEX deliveries_burst ON deliveries(burst) WHERE burst IS NOT NULL;

-- words: the message's first ones. addressees: JSON, where somebody besides the two was addressed. to_all: answers go to them as well.
ALTER TABLE said ADD COLUMN words TEXT;
ALTER TABLE said ADD COLUMN addressees TEXT;
ALTER TABLE said ADD COLUMN to_all INTEGER;
-- The others of a group look for what one of them answers. Who has a conversation whose answers go to all is looked for at start.
CREATE INDEX said_group ON said(mail) WHERE addressees IS NOT NULL AND mail IS NOT NULL;
CREATE INDEX said_to_all ON said(pair) WHERE to_all = 1;
-- JSON, for a reaction to its parent: the message's source, then all that its author has by then reacted with.
ALTER TABLE said ADD COLUMN reactions TEXT;

-- What a chat user has set; by bare JID.
CREATE TABLE preferences (
  user TEXT PRIMARY KEY,
  json TEXT NOT NULL
) WITHOUT ROWID;

-- Random bytes that outlive a restart, such as the key that signs links.
CREATE TABLE secrets (
  name TEXT PRIMARY KEY,
  bytes BLOB NOT NULL
) WITHOUT ROWID;

CREATE INDEX subscriptions_contact ON subscriptions(contact_local, contact_domain);

-- What verified mails have told of their authors.
CREATE TABLE people (
  num INTEGER PRIMARY KEY,
  address TEXT NOT NULL UNIQUE,
  name TEXT,
  picture BLOB,
  picture_type TEXT,
  at INTEGER NOT NULL
);
-- The oldest are forgotten first: without a look at all pictures.
CREATE INDEX people_at ON people(at);
CREATE INDEX people_pictures ON people(at) WHERE picture IS NOT NULL;
`;

/** Who is away and what waits for them, who is bound to which mailbox, who may write to whom, and announcements. */
const SEVENTH = `
-- held: why ('away', 'consent'); such a lane is due at no time, its due_at stays as it was. held_for: the bare JID of the recipient.
ALTER TABLE lanes ADD COLUMN held TEXT;
ALTER TABLE lanes ADD COLUMN held_for TEXT;
CREATE INDEX lanes_held ON lanes(held_for) WHERE held IS NOT NULL;
DROP INDEX lanes_due;
CREATE INDEX lanes_due ON lanes(outlet, held, due_at) WHERE claimed = 0;

-- Chat users who were asked for their presence: by which JID of ours, and what came of it.
CREATE TABLE watched (
  user TEXT PRIMARY KEY,
  by TEXT NOT NULL,
  state TEXT NOT NULL
) WITHOUT ROWID;

-- Contacts that were put before a chat user (\`waiting\` until the user is there, then \`made\`), or that the user took out (\`removed\`).
CREATE TABLE introductions (
  user TEXT NOT NULL,
  contact TEXT NOT NULL,
  mail TEXT NOT NULL,
  name TEXT,
  state TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (user, contact)
) WITHOUT ROWID;
CREATE INDEX introductions_at ON introductions(user, at);

-- Chat users who are registered (XEP-0077), or have been told what they can set. left_at: forgotten; their contacts are yet to be told.
CREATE TABLE accounts (
  user TEXT PRIMARY KEY,
  registered_at INTEGER,
  greeted_at INTEGER,
  left_at INTEGER
) WITHOUT ROWID;
CREATE INDEX accounts_left ON accounts(left_at) WHERE left_at IS NOT NULL;

-- Mailboxes and telephone numbers of chat users; target: the address with its case folded, or the number with its plus, which no address looks
-- like. code_hash: asked for, and not confirmed yet; then verified_at is null. chosen_at: the newest is the first choice.
CREATE TABLE bindings (
  user TEXT NOT NULL,
  kind TEXT NOT NULL,
  target TEXT NOT NULL,
  address TEXT NOT NULL,
  code_hash BLOB,
  tries INTEGER NOT NULL DEFAULT 0,
  asked_at INTEGER NOT NULL,
  expires_at INTEGER,
  verified_at INTEGER,
  chosen_at INTEGER,
  PRIMARY KEY (user, target)
) WITHOUT ROWID;
CREATE UNIQUE INDEX bindings_verified ON bindings(target) WHERE verified_at IS NOT NULL;
CREATE INDEX bindings_expire ON bindings(expires_at) WHERE expires_at IS NOT NULL;

-- Further addresses of a chat user, by local part in lower case. allowed (JSON): who may write to it; null: anybody. kind: 'alias'; 'own', by
-- which he is known; 'wanted', asked for. gone: given up, kept so that nobody else gets it. contested: a user of the home domain has that name.
CREATE TABLE aliases (
  local TEXT PRIMARY KEY,
  user TEXT NOT NULL,
  kind TEXT NOT NULL,
  note TEXT NOT NULL,
  allowed TEXT,
  made_at INTEGER NOT NULL,
  expires_at INTEGER,
  off INTEGER NOT NULL DEFAULT 0,
  gone INTEGER NOT NULL DEFAULT 0,
  contested INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX aliases_user ON aliases(user);

-- By which further address of the chat user a conversation runs.
ALTER TABLE said ADD COLUMN came_by TEXT;

-- What a chat user has decided of a mail address, of a domain (\`@domain\`), or of all below it too (\`@*.domain\`): accepted, blocked, or
-- asked about; then mails and bytes tell what waits, and senders (JSON) how he spells his address. by: the user, or the user's server.
CREATE TABLE correspondents (
  user TEXT NOT NULL,
  mail TEXT NOT NULL,
  state TEXT NOT NULL,
  by TEXT NOT NULL,
  at INTEGER NOT NULL,
  mails INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0,
  senders TEXT,
  PRIMARY KEY (user, mail)
) WITHOUT ROWID;
CREATE INDEX correspondents_state ON correspondents(state, user);
-- The chat user has written there. Of what was said before this version, the ids tell it: what came by mail has a MessageId, 26 characters,
-- as its stanza id, and what was written in chat has one in its Message-ID.
ALTER TABLE pairs ADD COLUMN written INTEGER;
UPDATE pairs SET written = 1 WHERE mail NOT LIKE 'xmpp:%' AND EXISTS (
  SELECT 1 FROM said WHERE pair = pairs.num AND length(stanza) <> 26 AND instr(said.mail, '@') = 28
);

-- Announcements, and who has had each, by which delivery. author: empty for the command line. audience (JSON): null for everybody.
CREATE TABLE announcements (
  num INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  author TEXT NOT NULL,
  subject TEXT,
  text TEXT NOT NULL,
  audience TEXT,
  made_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
);
CREATE TABLE announced (
  announcement INTEGER NOT NULL REFERENCES announcements(num),
  user TEXT NOT NULL,
  delivery INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (announcement, user)
) WITHOUT ROWID;

-- How many mail addresses a chat user (bare JID) wrote to for the first time: the limit on them outlives a restart.
CREATE TABLE begun (
  num INTEGER PRIMARY KEY,
  user TEXT NOT NULL,
  at INTEGER NOT NULL,
  count INTEGER NOT NULL
);
CREATE INDEX begun_at ON begun(at);
-- What an administrator has switched, such as maintenance.
CREATE TABLE switches (
  name TEXT PRIMARY KEY,
  json TEXT NOT NULL
) WITHOUT ROWID;

-- Hashes of what the greylist has seen: client's network, envelope sender and recipient; and networks alone. passes: 0 while it waits.
CREATE TABLE greylist (
  key TEXT PRIMARY KEY,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  passes INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX greylist_last ON greylist(last_at);
CREATE INDEX greylist_waiting ON greylist(last_at) WHERE passes = 0;
`;

/** What is published of whom, where those were last known to be, and who may ask for many. */
const EIGHTH = `
-- What a chat user lets be seen of his presence, and by whom; by bare JID. id: what links say instead. shown, origins and keys (names of
-- api_keys) are JSON.
CREATE TABLE publications (
  user TEXT PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  audience TEXT NOT NULL,
  shown TEXT NOT NULL,
  write INTEGER NOT NULL,
  origins TEXT NOT NULL,
  keys TEXT NOT NULL
) WITHOUT ROWID;

-- Where those who publish their presence were known to be, as JSON.
CREATE TABLE presence_states (
  user TEXT PRIMARY KEY,
  json TEXT NOT NULL
) WITHOUT ROWID;

-- Keys of those who ask for the presence of many; only the hash of each is kept. scopes: JSON. rate: requests per minute.
CREATE TABLE api_keys (
  name TEXT PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  scopes TEXT NOT NULL,
  rate INTEGER NOT NULL,
  made_at INTEGER NOT NULL,
  used_at INTEGER
) WITHOUT ROWID;
`;

/** How many codes went where. */
const NINTH = `
-- Codes that were sent of late, mailed or by SMS (kind): the limits on them outlive a restart. counted: JSON, for each limit a hash of what
-- is counted together.
CREATE TABLE codes_sent (
  num INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  at INTEGER NOT NULL,
  counted TEXT NOT NULL
);
CREATE INDEX codes_sent_at ON codes_sent(at);
`;

/** Applied in order, each in its own transaction together with its `user_version`. */
export const MIGRATIONS: readonly string[] = [FIRST, SECOND, THIRD, FOURTH, FIFTH, SIXTH, SEVENTH, EIGHTH, NINTH];
