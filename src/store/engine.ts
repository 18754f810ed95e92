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
  const admin = new Administration(db);
  const announcements = new Announcements(db, acceptance, settlements);
  const correspondents = new Correspondents(db);
  const people = new PeopleTable(db);
  const bindings = new Bindings(db);
  const aliases = new AliasTable(db);
  const preferences = new PreferenceRows(db);
  const shift = new Shift(db);
  const secrets = new Secrets(db);
  const begun = new BegunRows(db);
  const grey = new GreylistTable(db);
  const pruning = new Pruning(db, options, contents, incidents, conversations, [people, bindings, begun, announcements, grey]);
  return {
    accept: acceptance.accept.bind(acceptance),
    claim: claims.claim.bind(claims),
    contents: claims.contents.bind(claims),
    nextDue: claims.nextDue.bind(claims),
    overdue: claims.overdue.bind(claims),
    settle: settlements.settle.bind(settlements),
    amend: settlements.amend.bind(settlements),
    drop: settlements.drop.bind(settlements),
    hold: gathering.hold.bind(gathering),
    ...heldOperations(held),
    message: admin.message.bind(admin),
    burstOf: admin.burstOf.bind(admin),
    list: admin.list.bind(admin),
    counts: admin.counts.bind(admin),
    retry: admin.retry.bind(admin),
    check: admin.check.bind(admin),
    record: incidents.record.bind(incidents),
    incidents: incidents.list.bind(incidents),
    write: contents.write.bind(contents),
    addFile: contents.addFile.bind(contents),
    file: contents.file.bind(contents),
    files: contents.files.bind(contents),
    lost: contents.lost.bind(contents),
    piece: contents.read.bind(contents),
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
    ...relations(bindings, aliases, correspondents),
    shift: shift.shift.bind(shift),
    preferences: preferences.all.bind(preferences),
    setPreferences: preferences.set.bind(preferences),
    secret: secrets.secret.bind(secrets),
    ...begun.operations(),
    ...grey.operations(),
    ...announcements.operations(),
    ...switchOperations(db),
    ...statisticsOperations(db),
    ...userFactsOperations(db),
    ...presenceOperations(db),
    prune: pruning.prune.bind(pruning),
  };
}

/** Who chat users are elsewhere, and whom they take mail from. */
function relations(bindings: Bindings, aliases: AliasTable, correspondents: Correspondents) {
  return {
    allAliases: aliases.all.bind(aliases),
    putAlias: aliases.put.bind(aliases),
    removeAlias: aliases.remove.bind(aliases),
    askBinding: bindings.ask.bind(bindings),
    confirmBinding: bindings.confirm.bind(bindings),
    chooseBinding: bindings.choose.bind(bindings),
    removeBinding: bindings.removeBinding.bind(bindings),
    bindingsOf: bindings.bindingsOf.bind(bindings),
    verifiedMailbox: bindings.verifiedMailbox.bind(bindings),
    userOfMailbox: bindings.userOfMailbox.bind(bindings),
    boundNumbers: bindings.boundNumbers.bind(bindings),
    standing: correspondents.standing.bind(correspondents),
    usersWith: correspondents.usersWith.bind(correspondents),
    correspondentsOf: correspondents.of.bind(correspondents),
    asked: correspondents.asked.bind(correspondents),
    decide: correspondents.decide.bind(correspondents),
    undecide: correspondents.undecide.bind(correspondents),
    ask: correspondents.ask.bind(correspondents),
  };
}
