/** Every step of a session, times every way in which it goes wrong: what becomes of the delivery. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Failure } from '../../src/failure.js';
import type { RelaySettings } from '../../src/smtp-out/relay-client.js';
import { makeCertificates, type Certificates } from './certificates.js';
import { clientFor, outcomeBy, RAW, settingsFor } from './harness.js';
import { DROP, HANG, ScriptedRelay, type Behaviour, type RelayScript, type Step } from './scripted-relay.js';

const LOGIN = { user: 'gateway', password: 'secret' };
let certificates: Certificates;

beforeAll(() => {
  certificates = makeCertificates();
});

async function play(script: RelayScript, changes: Partial<RelaySettings> = {}, login = script.auth === true ? LOGIN : undefined) {
  const relay = await ScriptedRelay.start(script);
  const settings = settingsFor(relay.port, { ca: certificates.ca, ...changes }, login);
  const client = clientFor(script.lmtp === true ? { ...settings, relay: { ...settings.relay, protocol: 'lmtp' } } : settings);
  const outcome = await outcomeBy(client);
  client.close();
  await relay.stop();
  return { relay, outcome };
}

const at = (step: Step, behaviour: Behaviour) => (reached: Step): Behaviour | undefined => (reached === step ? behaviour : undefined);
const short = (outcome: { state: string; failure?: Failure }): string =>
  [outcome.state, outcome.failure?.reason, outcome.failure?.status].filter((part) => part !== undefined).join(' ');

const NOT_REACHED = 'deferred remote-unreachable 4.4.1';
const LOST = 'deferred remote-unreachable 4.4.2';
const REFUSES_US = 'deferred remote-unreachable 4.3.5';
const OFFERS = ['PIPELINING', 'SIZE 10000', 'DSN', '8BITMIME'];

/** Short where the deadline is what ends it. */
const DEADLINES: Partial<Record<Step, Partial<RelaySettings>>> = {
  connect: { openMs: 300 },
  ehlo: { openMs: 300 },
  starttls: { openMs: 300 },
  auth: { openMs: 300 },
  mail: { answerMs: 300 },
  rcpt: { answerMs: 300 },
  data: { answerMs: 300 },
  body: { answerMs: 1_000 },
  dot: { answerMs: 1_000 },
};

const TABLE: readonly [Step, Behaviour, string][] = [
  ['connect', DROP, NOT_REACHED],
  ['connect', HANG, NOT_REACHED],
  ['connect', '421 4.3.2 Shutting down', 'deferred remote-unreachable 4.3.2'],
  ['connect', '554 5.7.1 Go away', REFUSES_US],
  ['ehlo', DROP, NOT_REACHED],
  ['ehlo', HANG, NOT_REACHED],
  ['ehlo', '421 4.3.2 Busy', 'deferred remote-unreachable 4.3.2'],
  ['starttls', DROP, NOT_REACHED],
  ['starttls', HANG, NOT_REACHED],
  ['starttls', '454 4.7.0 No TLS now', 'deferred remote-unreachable 4.7.0'],
  ['starttls', '554 5.7.0 No TLS ever', REFUSES_US],
  ['auth', DROP, NOT_REACHED],
  ['auth', HANG, NOT_REACHED],
  ['auth', '454 4.7.0 Later', 'deferred remote-unreachable 4.7.0'],
  ['auth', '535 5.7.8 Wrong password', REFUSES_US],
  ['auth', '550 5.7.1 Not you', REFUSES_US],
  ['mail', DROP, NOT_REACHED],
  ['mail', HANG, NOT_REACHED],
  ['mail', '421 4.3.2 Bye', 'deferred remote-unreachable 4.3.2'],
  ['mail', '450 4.7.1 Slow down', 'deferred remote-refused 4.7.1'],
  ['mail', '530 5.7.0 Authentication required', REFUSES_US],
  ['mail', '503 5.5.1 Order!', REFUSES_US],
  ['mail', '550 5.7.1 Not this sender', 'failed remote-refused 5.7.1'],
  ['mail', '552 5.3.4 Too big', 'failed too-large 5.3.4'],
  ['rcpt', DROP, NOT_REACHED],
  ['rcpt', HANG, NOT_REACHED],
  ['rcpt', '421 4.4.2 Bye', 'deferred remote-unreachable 4.4.2'],
  ['rcpt', '450 4.2.0 Greylisted', 'deferred recipient-unavailable 4.2.0'],
  ['rcpt', '550 5.1.1 No such user', 'failed no-such-recipient 5.1.1'],
  ['rcpt', '550 5.1.2 No such host', 'failed no-such-domain 5.1.2'],
  ['rcpt', '501 5.1.3 Syntax', 'failed bad-address 5.1.3'],
  ['rcpt', '552 5.2.2 Full', 'failed recipient-unavailable 5.2.2'],
  ['rcpt', '554 5.7.1 Relay access denied', 'failed remote-refused 5.7.1'],
  ['rcpt', '550 No', 'failed recipient-unavailable 5.2.1'],
  ['rcpt', '550 4.1.1 A status of another class', 'failed recipient-unavailable 5.2.1'],
  ['rcpt', '530 5.7.0 Must issue a STARTTLS command first', REFUSES_US],
  ['data', DROP, NOT_REACHED],
  ['data', HANG, NOT_REACHED],
  ['data', '451 4.3.0 Later', 'deferred remote-refused 4.3.0'],
  ['data', '554 5.5.1 No valid recipients', 'failed remote-refused 5.5.1'],
  ['body', DROP, LOST],
  ['body', HANG, LOST],
  ['dot', DROP, LOST],
  ['dot', HANG, LOST],
  ['dot', '421 4.3.2 Bye', 'deferred remote-unreachable 4.3.2'],
  ['dot', '452 4.3.1 Disk full', 'deferred overloaded 4.3.1'],
  ['dot', '552 Too much', 'failed too-large 5.3.4'],
  ['dot', '554 5.6.0 Content refused', 'failed bad-content 5.6.0'],
  ['dot', '550 5.6.7 Needs SMTPUTF8', 'failed not-supported 5.6.7'],
];

describe('where it goes wrong decides what becomes of the delivery', () => {
  for (const pipelining of [true, false]) {
    describe(pipelining ? 'pipelined' : 'step by step', () => {
      it.concurrent.each(TABLE.map(([step, behaviour, expected]) => ({ step, behaviour, says: JSON.stringify(behaviour), expected })))('$step: $says', async ({ step, behaviour, expected }) => {
        const offers = pipelining ? OFFERS : OFFERS.slice(1);
        const { relay, outcome } = await play({ at: at(step, behaviour), offers, tls: certificates, auth: true }, behaviour === HANG ? DEADLINES[step] : {});
        expect(short(outcome)).toBe(expected);
        expect(relay.mails).toEqual([]);
      });
    });
  }

  it('EHLO and HELO both refused', async () => {
    const { outcome } = await play({ at: (step) => (step === 'ehlo' || step === 'helo' ? '550 5.7.1 Blocked' : undefined) });
    expect(short(outcome)).toBe(REFUSES_US);
  });

  it('a relay that takes DATA without a recipient gets an empty message, and the refusal stands', async () => {
    const { outcome } = await play({ at: at('rcpt', '550 5.1.1 No'), offers: OFFERS, takesDataAlways: true });
    expect(short(outcome)).toBe('failed no-such-recipient 5.1.1');
  });

  it('nobody listens', async () => {
    const { relay } = await play({});
    const client = clientFor(settingsFor(relay.port));
    expect(short(await outcomeBy(client))).toBe(NOT_REACHED);
    client.close();
  });

  it('a server that trickles its replies meets the deadline', async () => {
    const { outcome } = await play({ at: (step, nth) => (step === 'mail' && nth === 0 ? '250-a\n250-b' : undefined) }, { answerMs: 300 });
    expect(short(outcome)).toBe(NOT_REACHED);
  });
});

describe('a taken message', () => {
  it('is taken by the reply to the final dot, byte for byte', async () => {
    const { relay, outcome } = await play({ offers: OFFERS });
    expect(outcome).toEqual({ state: 'taken', words: '250 2.0.0 Ok: queued as TEST' });
    expect(relay.mails.map(({ raw }) => raw.toString())).toEqual([RAW.toString()]);
  });

  it('carries the words of a refusal, in one line', async () => {
    const { outcome } = await play({ at: at('rcpt', '550-5.1.1 No\u001b[2J such\n550 5.1.1 user‮ here') });
    expect((outcome as { failure: Failure }).failure.remote).toBe('550 5.1.1 No [2J such user here');
  });
});

describe('LMTP', () => {
  it('is answered for the recipient after the dot', async () => {
    const { relay, outcome } = await play({ lmtp: true, offers: OFFERS });
    expect(outcome.state).toBe('taken');
    expect(relay.commands[0]).toBe('LHLO gw.example');
  });

  it.each([
    ['550 5.2.2 Over quota', 'failed recipient-unavailable 5.2.2'],
    ['452 4.2.2 Over quota for now', 'deferred recipient-unavailable 4.2.2'],
  ])('%s', async (reply, expected) => {
    const { outcome } = await play({ lmtp: true, offers: OFFERS, at: at('dot', reply) });
    expect(short(outcome)).toBe(expected);
  });
});
