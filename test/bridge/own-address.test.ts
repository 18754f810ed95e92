/** Own addresses where the server's word on a name is the test's: who gets one, and who keeps it. */
import { describe, expect, it } from 'vitest';
import { formatMailAddress, type Jid, type MailAddress } from '../../src/address.js';
import type { OwnAddressRule } from '../../src/bridge/own-address.js';
import { OwnAddresses } from '../../src/bridge/own-addresses.js';
import { createCommands } from '../../src/bridge/commands.js';
import { admitAddressee, admitPeople, type AccessRules } from '../../src/bridge/policy.js';
import { Preferences } from '../../src/bridge/preferences.js';
import { isFailure } from '../../src/failure.js';
import type { NewMessage } from '../../src/store/new-message.js';
import { openHere, quiet } from '../store/files.js';
import { DAY, jid, T0 } from '../store/samples.js';
import { rules as plain } from './on-store.js';

const mail = (text: string): MailAddress => ({ kind: 'mail', local: text.slice(0, text.indexOf('@')), domain: 'gw.example' });
const admin = jid('nurse');
const juliet = { ...jid('juliet'), domain: 'other.example' };
const tybalt = { ...jid('tybalt'), domain: 'other.example' };
const jules = jid('jules');

async function setUp(rule: OwnAddressRule = 'free', admins: readonly Jid[] = [admin]) {
  const { store } = openHere();
  const time = { now: T0 };
  const server: { used: ReadonlySet<string>; tells: boolean } = { used: new Set(), tells: true };
  const sent: NewMessage[] = [];
  const rules: AccessRules = { ...plain, allow: ['capulet.example', 'other.example'], admins, addressee: (address) => own.aliases.addressee(address) };
  const preferences = new Preferences([], store, {});
  const inUse = (names: readonly string[]) => Promise.resolve(names.some((name) => server.used.has(name)) ? ('used' as const) : server.tells ? ('unused' as const) : undefined);
  const make = (): OwnAddresses => new OwnAddresses({ store, rules, preferences, clock: () => time.now, own: { rule, log: quiet, inUse }, send: (one) => Promise.resolve(sent.push(one)) });
  let own = make();
  await own.aliases.load();
  const commands = createCommands({ rules, preferences, store, render: () => Promise.resolve(''), more: own.commands });
  const restart = async (): Promise<void> => {
    own = make();
    await own.aliases.load();
  };
  return { own: () => own, restart, rules, server, time, store, say: (user: Jid, line: string) => commands.say(user, line), told: (user: Jid) => sent.filter(({ deliveries: [only] }) => only?.recipient.kind === 'jid' && only.recipient.local === user.local).map(({ message }) => message.text) };
}

const written = (address: MailAddress | undefined): string | undefined => address && formatMailAddress(address);

describe('an own address', () => {
  it('is given at once where the operator has left it to the server, and the server knows no such user', async () => {
    const { say, own, server, told } = await setUp();
    expect(await say(juliet, 'address jules')).toMatch(/^Your own address is jules@gw\.example/);
    expect(written(own().identities.writesBy(juliet))).toBe('jules@gw.example');
    server.tells = false;
    expect(await say(tybalt, 'address cats')).toMatch(/an operator has to grant it/);
    expect(told(admin)).toEqual([expect.stringMatching(/tybalt@other\.example wants .*it does not tell/)]);
  });

  it('is asked of nobody where there is no operator, and of none who gives none', async () => {
    const { say } = await setUp('ask', []);
    expect(await say(juliet, 'address jules')).toMatch(/names none/);
    const { say: ask } = await setUp('no');
    expect(await ask(juliet, 'address jules')).toMatch(/gives no own addresses/);
  });

  it('is not that of somebody the server knows, of an operator, or of another’s look', async () => {
    const { say, server } = await setUp();
    server.used = new Set(['jules']);
    expect(await say(juliet, 'address ju1es')).toMatch(/in use/);
    expect(await say(juliet, 'address nur5e')).toMatch(/in use/);
    await say(juliet, 'address kitty');
    expect(await say(tybalt, 'address k1tty')).toMatch(/in use/);
    expect(await say(tybalt, 'address kitty')).toMatch(/in use/);
  });

  it('changes a few times at most, and back to an earlier one for ever', async () => {
    const { say } = await setUp();
    for (const name of ['rose', 'lily', 'iris']) expect(await say(juliet, `address ${name}`)).toMatch(/^Your own address/);
    expect(await say(juliet, 'address daisy')).toMatch(/You have had 3/);
    expect(await say(juliet, 'address rose')).toMatch(/^Your own address is rose@/);
    expect(await say(juliet, 'address')).toBe('Your own address is rose@gw.example.');
    expect(await say(tybalt, 'address lily')).toMatch(/in use/);
    expect(await say(admin, 'address list')).toMatch(/has given up lily@gw\.example\n.*has given up iris@gw\.example/);
  });

  it('is not asked for all day', async () => {
    const { say } = await setUp('ask');
    for (const name of ['rose', 'lily', 'iris', 'daisy', 'poppy']) await say(juliet, `address ${name}`);
    expect(await say(juliet, 'address tulip')).toMatch(/Try again tomorrow/);
    expect(await say(admin, 'address list')).toBe('juliet@other.example wants poppy@gw.example');
  });

  it('is granted to one of two who are quick, and lapses when nobody answers', async () => {
    const { say, time } = await setUp('ask');
    expect((await Promise.all([say(juliet, 'address jules'), say(tybalt, 'address jules')])).filter((answer) => /You have asked/.test(answer))).toHaveLength(1);
    expect((await say(admin, 'address list')).split('\n')).toHaveLength(1);
    const grants = await Promise.all([say(admin, 'address grant jules'), say(admin, 'address grant jules')]);
    expect(grants.filter((answer) => /has jules@/.test(answer))).toHaveLength(1);
    await say(tybalt, 'address cats');
    time.now += 31 * DAY;
    expect(await say(admin, 'address grant cats')).toMatch(/Nobody has asked/);
  });

  it('stays with who had it when a user of that name comes, who is told apart', async () => {
    const { say, own, told, rules, restart } = await setUp();
    await say(juliet, 'address jules');
    own().book.seen(jules);
    own().book.seen({ ...jules, resource: 'sofa' });
    await expect.poll(() => told(admin)).toHaveLength(1);
    expect(told(admin)[0]).toMatch(/juliet@other\.example has the own address jules@gw\.example, and now there is a user jules@capulet\.example\. .*address refuse jules$/);
    await restart();
    expect(own().aliases.admit(mail('jules@gw.example'))).toEqual([{ outlet: 'xmpp', recipient: juliet, cameBy: mail('jules@gw.example'), ordinary: true }]);
    expect(written(own().identities.writesBy(jules))).toBe('jules%capulet.example@gw.example');
    expect(own().aliases.plainly([{ outlet: 'xmpp', recipient: jules }])).toEqual([{ outlet: 'xmpp', recipient: jules, cameBy: mail('jules%capulet.example@gw.example'), ordinary: true }]);
    expect(admitPeople(tybalt, [mail('jules@gw.example')], rules)).toMatchObject({ reason: 'bad-address' });
    expect(admitAddressee(tybalt, mail('jules@gw.example'), rules)).toEqual({ outlet: 'xmpp', recipient: juliet });
  });

  it('is looked after when the server is asked again', async () => {
    const { say, own, told, server } = await setUp();
    await say(juliet, 'address jules');
    await own().book.check();
    expect(told(admin)).toEqual([]);
    server.used = new Set(['jules']);
    await own().book.check();
    await own().book.check();
    expect(told(admin)).toHaveLength(1);
    await say(admin, 'address refuse jules');
    expect(written(own().identities.writesBy(jules))).toBeUndefined();
    expect(own().aliases.admit(mail('jules@gw.example'))).toBeUndefined();
  });

  it('is given to nobody else when its user is forgotten; what he only asked for is free', async () => {
    const { say, own, store, restart } = await setUp('free');
    await say(juliet, 'address jules');
    await store.accounts.forgetUser(juliet, T0);
    own().forget(juliet);
    for (const round of ['before', 'after']) {
      expect(isFailure(own().aliases.admit(mail('jules@gw.example'))), round).toBe(true);
      await restart();
    }
    const asked = await setUp('ask');
    await asked.say(juliet, 'address rose');
    await asked.store.accounts.forgetUser(juliet, T0);
    asked.own().forget(juliet);
    expect(asked.own().aliases.known()).toEqual([]);
    await asked.restart();
    expect(asked.own().aliases.known()).toEqual([]);
  });
});
