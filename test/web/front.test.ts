import { describe, expect, it } from 'vitest';
import type { Answer, Part, WebRequest } from '../../src/web/answer.js';
import { Front } from '../../src/web/front.js';

const told = (by: string, target: string): Answer<string> => ({ status: 200, headers: {}, body: `${by} ${target}` });
const part = (by: string): Part => ({ answer: ({ target }) => told(by, target) });

async function asked(target: string, publicUrl = 'https://example.com/mail'): Promise<unknown> {
  const { front, request } = at(target, publicUrl);
  const answer = front.answer(request);
  return (await (typeof answer === 'function' ? answer() : answer)).body;
}

function at(target: string, publicUrl: string) {
  const parts = new Map([['v1', part('api')], ['widget.js', part('widget')]]);
  const front = new Front({ publicUrl, parts, mails: { answer: (request) => Promise.resolve({ status: 200, headers: {}, body: `mails ${request.target}${request.range ?? ''}` }) } });
  const request: WebRequest = { method: 'GET', target, headers: { range: ' bytes=1-' }, address: '192.0.2.1', body: () => Promise.resolve(Buffer.alloc(0)) };
  return { front, request };
}

describe('the door', () => {
  it.each([
    ['/v1/presence/a?b=c', 'api /v1/presence/a?b=c'],
    ['/v1', 'api /v1'],
    ['/v1?id=a', 'api /v1?id=a'],
    ['/widget.js?v=1', 'widget /widget.js?v=1'],
    ['/widget.jsx', 'mails /widget.jsx bytes=1-'],
    ['/', 'mails / bytes=1-'],
    ['', 'mails  bytes=1-'],
    ['//v1/a', 'mails //v1/a bytes=1-'],
    ['/m/token', 'mails /m/token bytes=1-'],
  ])('%s goes where it belongs', async (target, body) => {
    expect(await asked(target, 'https://example.com')).toBe(body);
    expect(await asked(target)).toBe(body);
  });

  it('cuts off the path of the public URL, once', async () => {
    expect(await asked('/mail/v1/presence/a')).toBe('api /v1/presence/a');
    expect(await asked('/mail/m/token')).toBe('mails /m/token bytes=1-');
    expect(await asked('/mail/mail/v1/a')).toBe('mails /mail/v1/a bytes=1-');
    expect(await asked('/mailbox/v1/a')).toBe('mails /mailbox/v1/a bytes=1-');
  });

  it.each([['/mail/v1/presence/a', false], ['/v1', false], ['/mail/m/token', true], ['/', true]])('%s: is it answered only where there is a place? %s', (target, expected) => {
    const { front, request } = at(target, 'https://example.com/mail');
    expect(typeof front.answer(request) === 'function').toBe(expected);
  });
});
