/** Who really sent it, and promise 6: one bad message harms nobody else. */
import { describe, expect, it } from 'vitest';
import { DEADLINE, hasBody } from './stanzas.js';
import { setStage } from './stage.js';
import { mailText, SERVERS } from './world.js';

describe.each(SERVERS)('mail from the world on %s', (kind) => {
  const stage = setStage(kind, { smtp_in: 'long_text = 0' });
  const to = (): string => `juliet@${stage.world.server.component}`;

  it('shows a verified sender as the contact, without a mark', async () => {
    await stage.world.post({ from: 'romeo@montague.test', to: to() }, mailText({ From: 'romeo@montague.test', 'Message-ID': '<v@montague.test>' }, 'truly yours'));
    const stanza = await stage.juliet.waitFor(hasBody('truly yours'), DEADLINE);
    expect(stanza.getChildText('body')).toBe('truly yours');
    expect(stanza.attrs.from).toBe(stage.world.romeo);
  });

  it('marks a sender that nothing vouches for', async () => {
    await stage.world.post({ from: 'ceo@lax.test', to: to() }, mailText({ From: 'ceo@lax.test', 'Message-ID': '<u@lax.test>' }, 'send money'));
    expect((await stage.juliet.waitFor(hasBody('send money'), DEADLINE)).getChildText('body')).toMatch(/unverified|not verified/i);
  });

  it.each([
    ['a domain whose policy says so', 'x@strict.test', { From: 'ceo@strict.test' }, /5\.7\.1/],
    ['two From fields', 'romeo@montague.test', { From: 'romeo@montague.test\r\nFrom: ceo@strict.test' }, /5\.6\.0|5\.7\.1/],
    ['a From of two', 'romeo@montague.test', { From: 'ceo@strict.test, romeo@montague.test' }, /5\.6\.0|5\.7\.1/],
    ['a From that two readers read differently', 'romeo@montague.test', { From: '<ceo@strict.test romeo@montague.test>' }, /5\.6\.0|5\.7\.1/],
    ['no From', 'romeo@montague.test', { To: 'juliet' }, /5\.6\.0|5\.7\.1/],
  ])('refuses %s', async (_name, from, head, answer) => {
    await expect(stage.world.post({ from, to: to() }, mailText(head, 'forged'))).rejects.toThrow(answer);
  });

  it.each(['relaytest@insecure.test', 'relaytest%insecure.test@GW', 'insecure.test!relaytest@GW', 'juliet@HOME'])('never relays to %s', async (recipient) => {
    const address = recipient.replace('GW', stage.world.server.component).replace('HOME', stage.world.server.domain);
    await expect(stage.world.post({ from: 'romeo@montague.test', to: address }, mailText({ From: 'romeo@montague.test' }, 'relay me'))).rejects.toThrow(/55\d/);
  });

  it('takes postmaster and abuse for the admins', async () => {
    for (const name of ['postmaster', 'abuse']) {
      await stage.world.post({ from: '', to: `${name}@${stage.world.server.component}` }, mailText({ From: 'romeo@montague.test', 'Message-ID': `<${name}@montague.test>` }, `to ${name}`));
      await stage.juliet.waitFor(hasBody(`to ${name}`), DEADLINE);
    }
  });

  it('survives what would close the stream, and delivers what can be read of it', async () => {
    const bad = ['nul \0 here', 'bell \x07 here', 'escape \x1b[2J here', 'not a character \uFFFE here', 'half \uD83D here', ']]> <!-- & <x> here'];
    for (const [i, text] of bad.entries()) {
      const raw = mailText({ From: 'romeo@montague.test', Subject: `=?utf-8?q?a=00=0D=0ABcc=1B?= ${i}`, 'Message-ID': `<bad-${i}@montague.test>`, 'Content-Type': 'text/plain; charset=utf-8', 'Content-Transfer-Encoding': 'base64' }, Buffer.from(`bad ${i}: ${text}`).toString('base64'));
      await stage.world.post({ from: 'romeo@montague.test', to: to() }, raw);
    }
    await stage.world.post({ from: 'romeo@montague.test', to: to() }, mailText({ From: 'romeo@montague.test', 'Message-ID': '<huge@montague.test>' }, 'a line of many\n'.repeat(80_000)));
    await stage.world.post({ from: 'romeo@montague.test', to: to() }, mailText({ From: 'romeo@montague.test', 'Message-ID': '<good@montague.test>' }, 'good after the bad'));
    await stage.juliet.waitFor(hasBody('good after the bad'), 30_000);
    for (const i of bad.keys()) await stage.juliet.waitFor(hasBody(`bad ${i}:`), DEADLINE);
    expect(stage.world.gateway.log()).not.toMatch(/link (is )?lost|disconnected/i);
    const parts = stage.juliet.received.filter(hasBody('a line of many'));
    expect(parts.length).toBeGreaterThan(1);
  }, 40_000);
});
