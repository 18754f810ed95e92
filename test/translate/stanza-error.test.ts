import { describe, expect, it } from 'vitest';
import { Failure, type Reason } from '../../src/failure.js';
import { errorCondition, failureOfError } from '../../src/translate/stanza-error.js';
import { parseStanza } from './stanza-helpers.js';

const NS = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'";

describe('a failure as a stanza error', () => {
  it.each<[Reason, string, string]>([
    ['no-such-recipient', 'item-not-found', 'cancel'],
    ['no-such-domain', 'remote-server-not-found', 'cancel'],
    ['bad-address', 'jid-malformed', 'modify'],
    ['not-allowed', 'forbidden', 'auth'],
    ['encrypted', 'not-acceptable', 'modify'],
    ['too-large', 'policy-violation', 'modify'],
    ['recipient-unavailable', 'service-unavailable', 'cancel'],
    ['remote-refused', 'not-acceptable', 'cancel'],
    ['expired', 'remote-server-timeout', 'cancel'],
    ['storage', 'internal-server-error', 'cancel'],
    ['not-supported', 'feature-not-implemented', 'cancel'],
  ])('%s: %s, %s; wait when it is temporary', (reason, condition, type) => {
    expect(errorCondition(Failure.permanent(reason, 'No.'))).toEqual({ condition, type, text: 'No.' });
    expect(errorCondition(Failure.temporary(reason, 'Not now.'))).toEqual({ condition, type: 'wait', text: 'Not now.' });
  });

  it("holds the other server's words, as far as XML can", () => {
    const failure = Failure.permanent('remote-refused', 'Refused.', { remote: '550 5.1.1 <x>\0 unknown' });
    expect(errorCondition(failure).text).toBe('Refused. (550 5.1.1 <x>\ufffd unknown)');
    expect(errorCondition(failure.toRecord())).toEqual(errorCondition(failure));
  });
});

describe('a stanza error as a failure', () => {
  const read = (error: string): string => {
    const failure = failureOfError(parseStanza(`<message type='error'>${error}</message>`));
    return `${failure.kind} ${failure.reason} ${failure.remote}`;
  };

  it.each([
    [`<error type='cancel'><item-not-found ${NS}/></error>`, 'permanent no-such-recipient item-not-found'],
    [`<error type='cancel'><service-unavailable ${NS}/></error>`, 'permanent recipient-unavailable service-unavailable'],
    [`<error type='wait'><resource-constraint ${NS}/></error>`, 'temporary overloaded resource-constraint'],
    [`<error type='auth'><subscription-required ${NS}/></error>`, 'permanent not-allowed subscription-required'],
    [`<error type='modify'><x xmlns='other'/><text ${NS}>a\n b\u202e</text><policy-violation ${NS}/></error>`, 'permanent not-allowed policy-violation: a  b'],
    [`<error type='cancel'><some-new-thing ${NS}/></error>`, 'permanent remote-refused some-new-thing'],
    ["<error code='503'/>", 'permanent remote-refused undefined-condition'],
    ['', 'permanent remote-refused undefined-condition'],
  ])('%s', (error, failure) => {
    expect(read(error)).toBe(failure);
  });

  it('keeps at most 500 characters of what was said', () => {
    const said = failureOfError(parseStanza(`<message type='error'><error type='cancel'><gone ${NS}/><text ${NS}>${'x'.repeat(9_000)}</text></error></message>`)).remote;
    expect(said?.length).toBe('gone: '.length + 500);
  });
});

it('a condition that nobody knows is no reason, whatever its name', () => {
  const stanza = parseStanza(`<message type='error'><error type='cancel'><constructor ${NS}/></error></message>`);
  expect(failureOfError(stanza)).toMatchObject({ reason: 'remote-refused', remote: 'constructor' });
});
