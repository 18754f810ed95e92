/**
 * The SQLite engine: one synchronous operation per method of `Store`, on one open database. It opens no transaction:
 * its caller groups operations (src/store/batch.ts).
 */
import { Acceptance } from './accept.js';
import { accountOperations } from './accounts.js';
import { Administration } from './admin.js';
import { attendanceOperations } from './attendance.js';
import { Announcements } from './announcements.js';
import { AliasTable } from './aliases.js';
import { Bindings } from './bindings.js';
import { Claims } from './claim.js';
import { CodesSentRows } from './codes-sent.js';
import { Contents } from './contents.js';
import { Conversations } from './conversation.js';
import { Correspondents } from './correspondents.js';
import { BegunRows } from './first-letters.js';
import { Gathering } from './gathering.js';
import { heldOperations, HeldLanes } from './held.js';
import { GreylistTable } from './greylist.js';
import { Incidents } from './incidents.js';
import type { Db } from './open.js';
import { PeopleTable } from './people.js';
import { PreferenceRows } from './preference-rows.js';
import { presenceOperations } from './presence-rows.js';
import { Pruning } from './prune.js';
import { Secrets } from './secrets.js';
import { Settlements } from './settle.js';
import { Shift } from './shift.js';
import { statisticsOperations } from './statistics.js';
import { switchOperations } from './switches.js';
import { userFactsOperations } from './user-facts.js';

/** All in ms. */
export interface EngineOptions {
  /** How long messages and their ended deliveries are kept. */
  readonly keepMessages: number;
  /** How long original mails are kept; at least `keepMessages`. */
  readonly keepOriginals: number;
  /** For how long the same message of a source is a repeat (promise 4). */
  readonly repeatWindow: number;
}

export type Engine = ReturnType<typeof createEngine>;
export type Operation = keyof Engine;

export function createEngine(db: Db, options: EngineOptions) {
  const contents = new Contents(db, Math.max(options.keepOriginals, options.keepMessages));
  const conversations = new Conversations(db);
  const gathering = new Gathering(db, conversations);
  const claims = new Claims(db, conversations, gathering);
  const held = new HeldLanes(db, claims);
  const acceptance = new Acceptance(db, options, conversations, contents, gathering, held);
  const incidents = new Incidents(db);
  const settlements = new Settlements(db, acceptance, incidents, held);
  const announcements = new Announcements(db, acceptance, settlements);
  const people = new PeopleTable(db);
  const bindings = new Bindings(db);
  const preferences = new PreferenceRows(db);
  const shift = new Shift(db);
  const secrets = new Secrets(db);
  const begun = new BegunRows(db);
  const grey = new GreylistTable(db);
  const codes = new CodesSentRows(db);
  const pruning = new Pruning(db, options, contents, incidents, conversations, [people, bindings, begun, announcements, grey, codes]);
  return {
    accept: acceptance.accept.bind(acceptance),
    ...claims.operations(),
    ...settlements.operations(),
    hold: gathering.hold.bind(gathering),
    ...heldOperations(held),
    ...new Administration(db).operations(),
    record: incidents.record.bind(incidents),
    incidents: incidents.list.bind(incidents),
    ...contents.operations(),
    talking: conversations.talking.bind(conversations),
    usersToAll: conversations.usersToAll.bind(conversations),
    rolledBack: () => {
      conversations.forget();
      gathering.forget();
    },
    ...attendanceOperations(db),
    person: people.person.bind(people),
    learn: people.learn.bind(people),
    ...accountOperations(db),
    ...bindings.operations(),
    ...new AliasTable(db).operations(),
    ...new Correspondents(db).operations(),
    shift: shift.shift.bind(shift),
    preferences: preferences.all.bind(preferences),
    setPreferences: preferences.set.bind(preferences),
    secret: secrets.secret.bind(secrets),
    ...begun.operations(),
    ...grey.operations(),
    ...codes.operations(),
    ...announcements.operations(),
    ...switchOperations(db),
    ...statisticsOperations(db),
    ...userFactsOperations(db),
    ...presenceOperations(db),
    prune: pruning.prune.bind(pruning),
  };
}
