/** Who answered what: part of the contract that every engine passes. */
import { describe, expect, it } from 'vitest';
import type { NewMessage } from '../../src/store/new-message.js';
import type { Store } from '../../src/store/store.js';
import { handOver, reportOn } from './claiming.js';
import { chat, DAY, jid, juliet, letter, mail, romeo, T0 } from './samples.js';

export function conversationContract(open: () => Promise<Store>): void {
  describe('reply context', () => {
    async function contextOf(store: Store, message: NewMessage) {
      await store.accept([message]);
      return (await handOver(store, message.deliveries[0]!.outlet, T0 + 99 * DAY)).deliveries[0]!.context;
    }

    it('a mail answers the chat it names, in its thread', async () => {
      const store = await open();
      const asked = chat(romeo, { thread: 't1', subject: 'Balcony', ids: { stanza: 's1', origin: 'o1', mail: '<m1@gw>' } });
      expect(await contextOf(store, asked)).toEqual({ references: [], thread: 't1' });
      const answer = letter(romeo, juliet, { subject: 'Re: Balcony', answers: { mail: ['<unknown@x>', '<m1@gw>'] } });
      expect(await contextOf(store, answer)).toEqual({
        answered: { stanza: 's1', origin: 'o1', mail: '<m1@gw>' },
        answeredWords: 'hello',
        references: ['<m1@gw>'],
        thread: 't1',
        subject: 'Balcony',
      });
    });

    it('knows the first words of what is answered', async () => {
      const store = await open();
      await contextOf(store, chat(romeo, { ids: { mail: '<m1@gw>' }, text: `> old\n\nShall  we\n${'go '.repeat(200)}` }));
      const { answeredWords = '' } = await contextOf(store, letter(romeo, juliet, { text: ' ', ids: { mail: '<m2@x>' }, answers: { mail: ['<m1@gw>'] } }));
      expect(answeredWords).toMatch(/^Shall we go go/);
      expect(answeredWords.length).toBeLessThanOrEqual(200);
      expect(await contextOf(store, chat(romeo))).not.toHaveProperty('answeredWords');
    });

    it('a reaction knows what its author has reacted with before, and is no part of the talk', async () => {
      const store = await open();
      await contextOf(store, letter(romeo, juliet, { ids: { stanza: 'c1', mail: '<m1@x>' } }));
      const react = (reactions: string[]) => contextOf(store, chat(romeo, { answers: { stanza: 'c1' }, reactions }));
      expect((await react(['👍'])).reactedBefore).toEqual([]);
      expect((await react(['👍', '🌹'])).reactedBefore).toEqual(['👍']);
      expect(await react([])).toMatchObject({ reactedBefore: ['👍', '🌹'], answered: { mail: '<m1@x>' } });
      expect((await react(['👍'])).reactedBefore).toEqual([]);
      expect(await contextOf(store, chat(romeo, { ids: { mail: '<m2@gw>' } }))).toMatchObject({ answered: { mail: '<m1@x>' } });
      const back = (reactions: string[]) => contextOf(store, letter(romeo, juliet, { answers: { mail: ['<m2@gw>'] }, reactions }));
      expect((await back(['🌹'])).reactedBefore).toEqual([]);
      expect((await back(['👀'])).reactedBefore).toEqual(['🌹']);
      expect((await back(['👀'])).reactedBefore).toEqual(['🌹', '👀']);
    });

    it('a reaction to what is not known answers nothing', async () => {
      const store = await open();
      await contextOf(store, letter(romeo, juliet, { ids: { stanza: 'c1', mail: '<m1@x>' } }));
      expect((await contextOf(store, chat(romeo, { answers: { stanza: 'other' }, reactions: ['👍'] }))).answered).toBeUndefined();
    });

    it('finds what is answered among the last 1,000 that the two have said', async () => {
      const store = await open();
      await store.accept([chat(romeo, { thread: 't1', ids: { stanza: 's1', mail: '<m1@gw>' } }), ...Array.from({ length: 999 }, () => letter(romeo, juliet))]);
      const answer = letter(romeo, jid('juliet'), { answers: { mail: ['<unknown@x>', '<m1@gw>'] } });
      const { lanes } = await store.acceptAndClaim([{ ...answer, deliveries: answer.deliveries.map((one) => ({ ...one, outlet: 'smtp' as const })) }], { now: T0, most: { smtp: 1, xmpp: 0 } });
      expect(lanes[0]?.deliveries[0]?.context).toMatchObject({ answered: { mail: '<m1@gw>' }, thread: 't1' });
    });

    it('a mail that names nothing known begins a conversation', async () => {
      const store = await open();
      await contextOf(store, chat(romeo));
      const first = letter(romeo, juliet, { answers: { mail: ['<unknown@x>'] } });
      expect(await contextOf(store, first)).toEqual({ references: [], thread: first.message.id });
    });

    it('a chat answers the one it names by either id, else what was last said', async () => {
      const store = await open();
      const first = letter(romeo, juliet, { subject: 'First', ids: { stanza: 's1', mail: '<m1@x>' } });
      const second = letter(romeo, juliet, { subject: 'Second', ids: { stanza: 's2', mail: '<m2@x>' } });
      await contextOf(store, first);
      await contextOf(store, second);
      expect(await contextOf(store, chat(romeo, { answers: { stanza: 's1' }, ids: { stanza: 'c1', origin: 'o1' } }))).toMatchObject({
        answered: { mail: '<m1@x>' },
        subject: 'First',
      });
      expect(await contextOf(store, chat(romeo, { answers: { stanza: 'o1' } }))).toMatchObject({ answered: { stanza: 'c1' }, references: ['<m1@x>'] });
      const third = letter(romeo, juliet, { subject: 'Third', ids: { stanza: 's3', mail: '<m3@x>' } });
      await contextOf(store, third);
      expect(await contextOf(store, chat(romeo))).toMatchObject({ answered: { mail: '<m3@x>' }, thread: third.message.id, subject: 'Third' });
    });

    it('a chat without a subject is answered under its first words, and goes on under them', async () => {
      const store = await open();
      await contextOf(store, chat(romeo, { title: 'Wherefore art thou', ids: { mail: '<m1@gw>' } }));
      const answer = letter(romeo, juliet, { subject: 'Re: Wherefore art thou', answers: { mail: ['<m1@gw>'] } });
      expect(await contextOf(store, answer)).toMatchObject({ subject: 'Wherefore art thou' });
      expect(await contextOf(store, chat(romeo, { title: 'Another line' }))).toMatchObject({ subject: 'Wherefore art thou' });
    });

    it('another thread or subject, or long silence, begins a new conversation', async () => {
      const store = await open();
      await contextOf(store, letter(romeo, juliet, { subject: 'Re: Balcony' }));
      expect(await contextOf(store, chat(romeo, { thread: 'other' }))).toEqual({ references: [], thread: 'other' });
      expect((await contextOf(store, chat(romeo, { subject: 'Poison' }))).answered).toBeUndefined();
      expect(await contextOf(store, chat(romeo, { subject: 'Odp[2]: re: POISON' }))).toMatchObject({ subject: 'Poison' });
      expect((await contextOf(store, chat(romeo, { thread: 'other' }))).answered).toBeDefined();
      expect((await contextOf(store, chat(romeo, { acceptedAt: T0 + 31 * DAY }))).answered).toBeUndefined();
    });

    it('references are the chain, oldest first, at most 20', async () => {
      const store = await open();
      let references: readonly string[] = [];
      for (let i = 0; i < 25; i++) references = (await contextOf(store, chat(romeo, { ids: { mail: `<${i}@gw>` } }))).references;
      expect(references).toEqual(Array.from({ length: 20 }, (_, i) => `<${i + 4}@gw>`));
    });

    it("never finds another pair's message", async () => {
      const store = await open();
      const [nurse, tybalt] = [jid('nurse'), mail('tybalt')];
      // Each attacker has talked before: his own pair is known.
      for (const own of [letter(tybalt, juliet), letter(romeo, nurse), chat(tybalt), chat(romeo, { sender: nurse })]) await contextOf(store, own);
      const secret = chat(romeo, { subject: 'Secret', thread: 'secret', ids: { stanza: 'stolen-s', origin: 'stolen-o', mail: '<stolen@gw>' } });
      await contextOf(store, secret);
      const attacks = [
        letter(tybalt, juliet, { answers: { mail: ['<stolen@gw>'], stanza: 'stolen-s' } }),
        letter(romeo, nurse, { answers: { mail: ['<stolen@gw>'], stanza: 'stolen-o' } }),
        ...['stolen-s', 'stolen-o'].flatMap((stanza) => [chat(romeo, { sender: nurse, answers: { stanza } }), chat(tybalt, { answers: { stanza } })]),
        chat(tybalt, { thread: 'secret' }),
        chat(romeo, { sender: nurse, thread: 'secret' }),
      ];
      for (const attack of attacks) {
        const context = await contextOf(store, attack);
        expect(JSON.stringify(context.answered ?? null) + context.references.join()).not.toContain('stolen');
        expect(context.subject).toBeUndefined();
      }
      expect((await contextOf(store, letter(romeo, juliet, { answers: { mail: ['<stolen@gw>'] } }))).subject).toBe('Secret');
    });

    const group = (to: string[], cc: string[] = []) => ({ to: to.map((local) => ({ address: mail(local) })), cc: cc.map((local) => ({ address: mail(local) })) });

    it('somebody else of a group answers: it is found where it was said, with its thread', async () => {
      const store = await open();
      const first = letter(romeo, juliet, { subject: 'Feast', ids: { stanza: 's1', mail: '<m1@x>' }, addressees: group(['juliet', 'mercutio']) });
      await contextOf(store, first);
      const answer = letter(mail('Mercutio'), juliet, { answers: { mail: ['<m1@x>'] }, addressees: group(['romeo', 'juliet']) });
      expect(await contextOf(store, answer)).toEqual({
        answered: { stanza: 's1', mail: '<m1@x>' },
        answeredWords: 'hello',
        references: ['<m1@x>'],
        thread: first.message.id,
        subject: 'Feast',
        addressees: group(['romeo', 'juliet', 'mercutio']),
      });
    });

    it('whoever was not addressed in it, and whoever reads another copy of it, finds nothing', async () => {
      const store = await open();
      await contextOf(store, letter(romeo, juliet, { ids: { stanza: 's1', mail: '<m1@x>' }, addressees: group(['juliet', 'mercutio']) }));
      expect((await contextOf(store, letter(mail('tybalt'), juliet, { answers: { mail: ['<m1@x>'] } }))).answered).toBeUndefined();
      expect((await contextOf(store, letter(mail('mercutio'), jid('nurse'), { answers: { mail: ['<m1@x>'] } }))).answered).toBeUndefined();
    });

    it('a message to several answers the same for each of them, chat users too', async () => {
      const store = await open();
      const first = { ...letter(romeo, juliet, { ids: { stanza: 's1', mail: '<m1@x>' }, addressees: group(['juliet', 'mercutio']) }) };
      const [delivery] = first.deliveries;
      await store.accept([{ ...first, deliveries: [delivery!, { ...delivery!, recipient: jid('nurse') }] }]);
      const answer = chat(romeo, { answers: { stanza: 's1' }, ids: { mail: '<m2@gw>' }, addressees: group(['romeo'], ['mercutio']) });
      const [one] = answer.deliveries;
      const all = [one!, { ...one!, recipient: mail('mercutio') }, { ...one!, outlet: 'xmpp' as const, recipient: jid('nurse') }];
      const { lanes } = await store.acceptAndClaim([{ ...answer, deliveries: all }], { now: T0, most: { smtp: 9, xmpp: 9 } });
      expect(lanes.map(({ deliveries }) => deliveries[0]?.context)).toEqual(
        all.map(() => expect.objectContaining({ answered: { stanza: 's1', mail: '<m1@x>' }, references: ['<m1@x>'], thread: first.message.id }) as unknown),
      );
    });

    it('a mark stays with its conversation, and is known by its user', async () => {
      const store = await open();
      expect(await store.talking(chat(romeo).message, romeo, true)).toBeUndefined();
      await contextOf(store, letter(romeo, juliet, { subject: 'Feast', ids: { stanza: 's1', mail: '<m1@x>' }, addressees: group(['juliet', 'mercutio']) }));
      const everybody = { answered: { stanza: 's1', mail: '<m1@x>' }, addressees: group(['romeo', 'juliet', 'mercutio']) };
      expect(await store.talking(chat(romeo).message, romeo)).toEqual({ ...everybody, toAll: false });
      expect(await store.usersToAll()).toEqual([]);
      expect(await store.talking(chat(romeo).message, romeo, true)).toEqual({ ...everybody, toAll: true });
      expect(await store.usersToAll()).toEqual(['juliet@capulet.example']);
      await contextOf(store, chat(romeo));
      expect(await store.talking(chat(romeo).message, romeo)).toMatchObject({ addressees: everybody.addressees, toAll: true });
      await contextOf(store, letter(romeo, juliet, { subject: 'Duel', addressees: group(['juliet', 'mercutio']) }));
      expect(await store.talking(chat(romeo).message, romeo)).toMatchObject({ toAll: false });
      await contextOf(store, chat(romeo, { answers: { stanza: 's1' }, toAll: false }));
      expect(await store.talking(chat(romeo).message, romeo)).toMatchObject({ toAll: false });
    });

    it('a mail to the chat user alone ends what answers to all would go to', async () => {
      const store = await open();
      await contextOf(store, letter(romeo, juliet, { ids: { stanza: 's1', mail: '<m1@x>' }, addressees: group(['juliet', 'mercutio']) }));
      await store.talking(chat(romeo).message, romeo, true);
      await contextOf(store, letter(romeo, juliet, { answers: { mail: ['<m1@x>'] } }));
      expect((await store.talking(chat(romeo).message, romeo))?.addressees).toBeUndefined();
    });

    it('a mail that anybody may have written changes nothing of whom answers to all go to', async () => {
      const store = await open();
      await contextOf(store, letter(romeo, juliet, { ids: { stanza: 's1', mail: '<m1@x>' }, addressees: group(['juliet', 'mercutio']) }));
      await store.talking(chat(romeo).message, romeo, true);
      const everybody = { addressees: group(['romeo', 'juliet', 'mercutio']), toAll: true };
      await contextOf(store, letter(romeo, juliet, { authenticity: 'unverified', answers: { mail: ['<m1@x>'] }, ids: { stanza: 's2', mail: '<m2@x>' }, addressees: group(['juliet'], ['tybalt']) }));
      expect(await store.talking(chat(romeo, { answers: { stanza: 's2' } }).message, romeo)).toMatchObject(everybody);
      await contextOf(store, letter(romeo, juliet, { authenticity: 'unverified', answers: { mail: ['<m1@x>'] } }));
      expect(await store.talking(chat(romeo).message, romeo)).toMatchObject(everybody);
    });

    it('the whole chain of References is looked at, a hundred of them', async () => {
      const store = await open();
      await contextOf(store, letter(romeo, juliet, { ids: { mail: '<m1@x>' } }));
      const chain = Array.from({ length: 99 }, (_, i) => `<unknown-${i}@x>`);
      expect((await contextOf(store, letter(romeo, juliet, { answers: { mail: [...chain, '<m1@x>'] } }))).answered).toEqual({ mail: '<m1@x>' });
    });

    it('mail addresses that a contact cannot tell apart are one side', async () => {
      const store = await open();
      await contextOf(store, letter(mail('Romeo'), juliet, { ids: { stanza: 's1', mail: '<m1@x>' } }));
      expect(await contextOf(store, chat(romeo))).toMatchObject({ answered: { mail: '<m1@x>' } });
    });

    it('what was not kept is not answered', async () => {
      const store = await open();
      const kept = chat(romeo);
      await contextOf(store, kept);
      await expect(store.accept([chat(romeo, { ids: { stanza: 'lost' } }), kept])).rejects.toThrow();
      expect((await contextOf(store, chat(romeo))).answered).toEqual(kept.message.ids);
    });

    it('reports are no part of the talk', async () => {
      const store = await open();
      const asked = chat(romeo, { ids: { stanza: 's1', mail: '<m1@gw>' } });
      await contextOf(store, asked);
      expect(await contextOf(store, reportOn(asked, 'r1'))).toEqual({ references: [] });
      expect(await contextOf(store, chat(romeo))).toMatchObject({ answered: { stanza: 's1' } });
    });
  });
}
