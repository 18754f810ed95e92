/** Mails in HTML, as programs and newsletters write them, are read in chat like what somebody typed there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chat, DEADLINE, hasBody } from './stanzas.js';
import { setStage } from './stage.js';
import { mailText, SERVERS } from './world.js';

const ROMEO = 'romeo@montague.test';
const CASES = join(import.meta.dirname, '../translate/cases');

/** The body of a case, as its program wrote it. */
function htmlOf(name: string): string {
  const mail = readFileSync(join(CASES, name, 'mail.eml'), 'utf8');
  return mail.slice(mail.indexOf('\n\n') + 2);
}

describe.each(SERVERS)('HTML mail on %s', (kind) => {
  const stage = setStage(kind);
  const head = (name: string, more: Record<string, string>): Record<string, string> => ({
    From: ROMEO, To: 'juliet', 'Message-ID': `<${name}@montague.test>`, 'Content-Type': 'text/html; charset=utf-8', 'Content-Transfer-Encoding': '8bit', ...more,
  });

  it('an answer from Outlook is the answer alone, styled', async () => {
    const mail = mailText(head('outlook', { Subject: 'AW: Abendessen' }), htmlOf('mail-outlook-html-reply'));
    await stage.world.post({ from: ROMEO, to: `juliet@${stage.world.server.component}` }, mail);
    const body = (await stage.juliet.waitFor(hasBody('Hallo Anna'), DEADLINE)).getChildText('body') ?? '';
    expect(body).toContain('Hallo Anna,\n\nja, *Freitag* passt. Ich bringe mit:\n\n• Wein\n• Brot\n\nViele Grüße\nBob\n\n[… 7 lines');
    expect(body).not.toContain('Hast Du Freitag Zeit?');
  });

  it('a newsletter is its first paragraphs, and all of it for the one who asks', async () => {
    const mail = mailText(head('news', { Subject: 'The harbour in January', 'List-Unsubscribe': '<https://news.example/leave>' }), htmlOf('mail-newsletter'));
    await stage.world.post({ from: ROMEO, to: `juliet@${stage.world.server.component}` }, mail);
    const body = (await stage.juliet.waitFor(hasBody('*Story 1*'), DEADLINE)).getChildText('body') ?? '';
    expect(body.length).toBeLessThan(2_500);
    expect(body).toMatch(/\n\n\[… goes on[;\]]/);
    expect(body).not.toContain('Story 8');
    expect(body).not.toContain('open.gif');

    const [, id = ''] = /original ([0-9a-z]{26})/.exec(body) ?? [];
    stage.juliet.send(chat(stage.world.server.component, 'ask-news', `original ${id}`));
    await stage.juliet.waitFor(hasBody('*Story 8*'), DEADLINE);
  });
});
