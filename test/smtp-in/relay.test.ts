/** The forms that open relays fall for: none is passed on, and each is refused for good. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { routesOf, startInlet, Wire, type Started, mail } from './harness.js';

let started: Started;
let wire: Wire;

beforeEach(async () => {
  started = await startInlet();
  wire = await Wire.open(started.port);
  await wire.hello();
  await wire.say('MAIL FROM:<x@e.example>\r\n');
});
afterEach(async () => {
  wire.close();
  await started.inlet.stop(100);
});

it.each([
  ['<relaytest@insecure.org>', /^550 5\.7\.1/],
  ['<relaytest%insecure.org@gw.example.org>', /^550 5\.1\.1/],
  ['<insecure.org!relaytest@gw.example.org>', /^550 5\.1\.1/],
  ['<@gw.example.org:relaytest@insecure.org>', /^550 5\.7\.1/],
  ['<@gw.example.org:alice@gw.example.org>', /^550 5\.7\.1/],
  ['<@a.example,@gw.example.org:relaytest@insecure.org>', /^550 5\.7\.1/],
  ['<relaytest%insecure.org@[127.0.0.1]>', /^550 5\.1\.2/],
  ['<alice@[IPv6:::1]>', /^550 5\.1\.2/],
  ['<alice@127.0.0.1>', /^55[03] 5\.1\./],
  ['<"relaytest@insecure.org"@gw.example.org>', /^553 5\.1\.3/],
  ['<"relaytest%insecure.org"@gw.example.org>', /^550 5\.1\.1/],
  ['<relaytest@insecure.org@gw.example.org>', /^553 5\.1\.3/],
  ['<relaytest@insecure.org@>', /^553 5\.1\.3/],
  ['<"relaytest%insecure.org">', /^553 5\.1\.3/],
  ['<"relaytest@insecure.org">', /^553 5\.1\.3/],
  ['<relaytest\\40insecure.org@gw.example.org>', /^553 5\.1\.3/],
  ['<alice@gw.exam\u00adple.org>', /^553 5\.1\.3/],
  ['<alice\u200b@gw.example.org>', /^553 5\.1\.3/],
  ["<a'or'1'='1@gw.example.org>", /^550 5\.1\.1/],
  ['<alice/res@gw.example.org>', /^550 5\.1\.1/],
  ['<%s%n@gw.example.org>', /^550 5\.1\.1/],
  ['<../../etc@gw.example.org>', /^553 5\.1\.3/],
  ['<>', /^501/],
  ['alice@gw.example.org', /^501/],
  ['<alice@gw.example.org', /^501/],
  ['<alice@gw.example.org>>', /^501/],
  ['<alice@gw.example.org> <bob@gw.example.org>', /^501/],
])('RCPT TO:%s', async (path, reply) => {
  expect(await wire.say(`RCPT TO:${path}\r\n`)).toMatch(reply);
  expect(await wire.say('DATA\r\n')).toMatch(/^503/);
});

it.each([['<alice@gw\u3002example.org>'], ['<alice@GW.EXAMPLE.ORG>'], ['<ALICE@gw.example.org>'], [' <alice@gw.example.org>']])(
  'RCPT TO:%s is alice',
  async (path) => {
    expect(await wire.say(`RCPT TO:${path}\r\n`)).toMatch(/^250/);
    await wire.say('DATA\r\n');
    await wire.say(`${mail()}.\r\n`);
    expect(started.intake.accepted.map(({ routes }) => routesOf(routes))).toEqual([['alice@example.org']]);
  },
);

it.each(['<postmaster>', '<Postmaster>', '<postmaster@gw.example.org>'])('RCPT TO:%s is the operator', async (path) => {
  expect(await wire.say(`RCPT TO:${path}\r\n`)).toMatch(/^250/);
});

it.each([[['alice', 'abuse']], [['abuse', 'alice']]])('what goes to an operator by both addresses, %j, goes once, by the one that takes all mail', async (names) => {
  for (const name of names) expect(await wire.say(`RCPT TO:<${name}@gw.example.org>\r\n`)).toMatch(/^250/);
  await wire.say('DATA\r\n');
  await wire.say(`${mail()}.\r\n`);
  expect(started.intake.accepted.map(({ routes }) => routes)).toMatchObject([[{ operators: true }]]);
});

it('notes what was refused, so that an administrator can look it up', async () => {
  await wire.say('RCPT TO:<joe@gw.example.org>\r\n');
  expect(started.intake.refusals).toMatchObject([{ from: 'x@e.example', to: 'joe@gw.example.org', failure: { reason: 'no-such-recipient' } }]);
});
