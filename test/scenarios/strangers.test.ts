/** What becomes of the mail of somebody whom Juliet does not know. */
import { beforeAll, describe, expect, it } from 'vitest';
import xml from '@xmpp/xml';
import { connectClient } from '../servers/client.js';
import { chat, DEADLINE, hasBody, mailTo } from './stanzas.js';
import { setStage } from './stage.js';
import { mailText, SERVERS } from './world.js';

const REFUSED = /5\.7\.1/;

describe.each(SERVERS)('strangers on %s', (kind) => {
  // The users have said nothing: what the administrator says counts.
  const stage = setStage(kind, { access: 'strangers = "ask"' });
  const at = (name: string): string => `${name}@${stage.world.server.component}`;
  const contact = (name: string): string => at(`${name}%montague.test`);
  let count = 0;
  const post = (name: string, body: string, domain = 'montague.test') =>
    stage.world.post(
      { from: `${name}@${domain}`, to: at('juliet') },
      mailText({ From: `${name}@${domain}`, To: 'juliet', Subject: `About ${name}`, 'Message-ID': `<strangers-${++count}@${domain}>` }, body),
    );
  const bodies = (from: string): string[] => stage.juliet.received.filter((stanza) => stanza.is('message') && stanza.attrs.from === from).flatMap((stanza) => stanza.getChildText('body') ?? []);
  const asked = (name: string) => stage.juliet.waitFor((stanza) => stanza.attrs.from === contact(name) && hasBody('wants to write to you')(stanza), DEADLINE);
  const set = async (policy: string, words: string): Promise<void> => {
    const before = stage.juliet.received.filter(hasBody(words)).length;
    stage.juliet.send(chat(stage.world.server.component, `set-${policy}-${++count}`, `strangers ${policy}`));
    await stage.juliet.waitFor((stanza) => hasBody(words)(stanza) && stage.juliet.received.filter(hasBody(words)).length > before, DEADLINE);
  };

  it('asks once, and "accept" in his chat brings what waited, in order', async () => {
    await post('paris', 'These times of woe');
    await post('paris', 'afford no time to woo.');
    expect((await asked('paris')).getChildText('body')).toMatch(/^paris@montague\.test wants to write to you\.\nSubject: About paris\nAnswer "accept" or "block"/);
    stage.juliet.send(chat(contact('paris'), 'a1', 'accept'));
    await stage.juliet.waitFor(hasBody('afford no time'), DEADLINE);
    await stage.juliet.waitFor(hasBody('paris@montague.test may write to you'), DEADLINE);
    expect(bodies(contact('paris')).map((body) => body.split('\n').at(-1))).toEqual([
      expect.stringContaining('Answer "accept"'), 'These times of woe', 'afford no time to woo.', '[paris@montague.test may write to you.]',
    ]);
    await post('paris', 'Monday, my lord?');
    await stage.juliet.waitFor(hasBody('Monday, my lord'), DEADLINE);
    expect(stage.world.outside.mails).toEqual([]);
  });

  it('"block" ends what waits with a DSN, and refuses the next', async () => {
    await post('rosaline', 'One');
    await asked('rosaline');
    stage.juliet.send(chat(contact('rosaline'), 'a2', 'block'));
    const dsn = await stage.world.outside.waitForMail(mailTo('rosaline@montague.test'), DEADLINE);
    expect(dsn.raw).toMatch(/Status: 5\.7\.1/);
    expect(dsn.raw).toMatch(/does not take this mail/);
    await expect(post('rosaline', 'Two')).rejects.toThrow(REFUSED);
    expect(bodies(contact('rosaline')).filter((body) => /One|Two/.test(body))).toEqual([]);
  });

  it('any other answer is sent to him, and accepts him', async () => {
    await post('mercutio', 'Nay, gentle');
    await asked('mercutio');
    stage.juliet.send(chat(contact('mercutio'), 'a3', 'Do I know you?'));
    await stage.world.outside.waitForMail((mail) => mailTo('mercutio@montague.test')(mail) && mail.raw.includes('Do I know you?'), DEADLINE);
    await stage.juliet.waitFor(hasBody('Nay, gentle'), DEADLINE);
  });

  it('becoming a contact accepts him, and the command to the gateway another', async () => {
    await post('balthasar', 'I brought my master news');
    await post('abram', 'Do you bite your thumb');
    await Promise.all([asked('balthasar'), asked('abram')]);
    stage.juliet.send(xml('presence', { type: 'subscribe', to: contact('balthasar') }));
    stage.juliet.send(chat(stage.world.server.component, 'a4', `accept ${contact('abram')}`));
    await stage.juliet.waitFor(hasBody('I brought my master news'), DEADLINE);
    await stage.juliet.waitFor(hasBody('bite your thumb'), DEADLINE);
  });

  it('the question and what waits outlive a restart, and an evening away', async () => {
    await post('benvolio', 'Madam, an hour before');
    await asked('benvolio');
    await stage.juliet.close();
    await post('peter', 'Anon, anon');
    await stage.world.gateway.stop();
    await stage.world.gateway.start();
    stage.juliet = await connectClient(stage.world.server, 'juliet');
    await asked('peter');
    stage.juliet.send(chat(contact('benvolio'), 'a5', 'Accept.'));
    await stage.juliet.waitFor(hasBody('an hour before'), DEADLINE);
    expect(bodies(contact('peter'))).toHaveLength(1);
  });

  it('asks about nobody who may be forged', async () => {
    await expect(post('ceo', 'send money', 'lax.test')).rejects.toThrow(REFUSED);
    expect(stage.juliet.received.filter(hasBody('ceo@lax.test'))).toEqual([]);
  });

  describe('by what she has set', () => {
    beforeAll(() => set('everybody', 'You take mail from everybody.'));

    it('everybody: as if there were no strangers', async () => {
      await post('gregory', 'Draw thy tool');
      await stage.juliet.waitFor(hasBody('Draw thy tool'), DEADLINE);
    });

    it('mark: says that it is his first', async () => {
      await set('mark', 'the first mail of somebody new says so');
      await post('potpan', 'first of Potpan');
      await post('potpan', 'second of Potpan');
      expect((await stage.juliet.waitFor(hasBody('first of Potpan'), DEADLINE)).getChildText('body')).toMatch(/^\[the first mail from potpan@montague\.test;/);
      expect((await stage.juliet.waitFor(hasBody('second of Potpan'), DEADLINE)).getChildText('body')).not.toContain('[');
    });

    it('contacts: only whom she has written to', async () => {
      await set('contacts', 'only from contacts');
      await expect(post('escalus', 'Where are the vile beginners')).rejects.toThrow(REFUSED);
      stage.juliet.send(chat(contact('escalus'), 'a6', 'My lord?'));
      await stage.world.outside.waitForMail(mailTo('escalus@montague.test'), DEADLINE);
      await post('escalus', 'Come, Montague');
      await stage.juliet.waitFor(hasBody('Come, Montague'), DEADLINE);
    });

    it('verified: only who is proven', async () => {
      await set('verified', 'only where the sender is verified');
      await expect(post('ceo', 'send money', 'lax.test')).rejects.toThrow(REFUSED);
      await post('sampson', 'I strike quickly');
      await stage.juliet.waitFor(hasBody('I strike quickly'), DEADLINE);
    });
  });
});
