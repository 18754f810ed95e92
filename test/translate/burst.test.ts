/** What is left of a burst of chat lines, and the one message it becomes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recalled } from '../../src/burst-lines.js';
import type { Delivery, Message, ReplyContext } from '../../src/message.js';
import { mergeBurst } from '../../src/translate/burst.js';
import { subjectOf } from '../../src/translate/mail-subject.js';
import { chat, romeo } from '../store/samples.js';

const NO_CONTEXT: ReplyContext = { references: [] };

/** A line; its stanza id is the text, unless it has another. */
function line(text: string, parts: Partial<Message> = {}): Message {
  return chat(romeo, { text, title: text, ids: { stanza: text, mail: `<${text.length}@gw.example>` }, ...parts }).message;
}
const corrects = (of: string, text: string, parts: Partial<Message> = {}): Message => line(text, { change: { kind: 'correction', of }, ...parts });
const takesBack = (of: string): Message => line('', { ids: { stanza: `not ${of}` }, change: { kind: 'retraction', of } });

const deliver = (messages: readonly Message[], context = NO_CONTEXT): Delivery[] =>
  messages.map((message, i) => ({ seq: i + 1, message, recipient: romeo, outlet: 'smtp', attempts: 0, context: i === 0 ? context : { references: ['<another>'] }, burst: 1 }));
const merge = (...messages: Message[]): Message | undefined => mergeBurst(deliver(messages))?.message;

describe('a burst as text', () => {
  it.each<[string, Message[], string | undefined]>([
    ['lines below one another', [line('one'), line('two')], 'one\ntwo'],
    ['a paragraph of its own for what has several lines', [line('one'), line('two\nthree'), line('four')], 'one\n\ntwo\nthree\n\nfour'],
    ['a correction in its place', [line('one'), line('two'), corrects('one', 'ONE')], 'ONE\ntwo'],
    ['the correction of a correction, by either name', [line('a'), corrects('a', 'b'), corrects('b', 'c'), corrects('a', 'd'), line('e')], 'd\ne'],
    ['the last correction of an older message, marked once', [corrects('old', 'new'), corrects('old', 'newer')], 'Correction: newer'],
    ['a correction of several lines below the word', [corrects('old', 'new\nest')], 'Correction:\n\nnew\nest'],
    ['a correction that begins with a quote below the word', [corrects('old', '> new')], 'Correction:\n\n> new'],
    ['nothing of what was taken back', [line('one'), line('two'), takesBack('one')], 'two'],
    ['nothing of its corrections either', [line('one'), corrects('one', 'ONE'), line('two'), takesBack('one')], 'two'],
    ['nothing of what was taken back by the name of its correction', [line('one'), corrects('one', 'ONE'), line('two'), takesBack('ONE')], 'two'],
    ['nothing at all when all was taken back', [line('one'), takesBack('one')], undefined],
    ['nothing of a lone retraction', [takesBack('one')], undefined],
    ['a correction that was emptied', [line('one'), line('two'), corrects('one', '')], 'two'],
    ['what is written after it was taken back', [line('one'), takesBack('one'), line('again')], 'again'],
  ])('has %s', (_, messages, text) => {
    expect(merge(...messages)?.text).toBe(text);
  });

  it('knows a line by its origin-id', () => {
    expect(merge(line('one', { ids: { stanza: 's', origin: 'o' } }), line('two'), takesBack('o'))?.text).toBe('two');
  });

  it('is the very message when it is one line', () => {
    const [only] = deliver([line('one')]);
    expect(mergeBurst([only!])).toBe(only);
  });
});

describe('a burst as a message', () => {
  it('has the id and the context of its first line, taken back or not', () => {
    const first = line('one');
    const context = { references: ['<a>'], subject: 'Roses' };
    const merged = mergeBurst(deliver([first, line('two'), takesBack('one')], context));
    expect(merged).toMatchObject({ seq: 1, context, message: { id: first.id, ids: first.ids } });
    expect(merged?.message.change).toBeUndefined();
  });

  it('is called by what is left of it, and by more than a greeting', () => {
    const called = (...messages: Message[]): string => subjectOf(merge(...messages)!, NO_CONTEXT);
    expect(called(line('Hi'), line('Supper at nine'))).toBe('Supper at nine');
    expect(called(line('Hi'))).toBe('Hi');
    expect(called(line('I hate thee'), line('Supper at nine'), takesBack('I hate thee'))).toBe('Supper at nine');
    expect(called(line('Super'), line('at nine'), corrects('Super', 'Supper'))).toBe('Supper');
    const secret = line('one', { subject: 'Secret' });
    expect(called(secret, line('two'), takesBack('one'))).toBe('two');
    expect(called(secret, line('two'))).toBe('Secret');
    expect(called(line('one'), corrects('one', 'two', { subject: 'Late' }))).toBe('Late');
    // As its conversation is called in the store, which knows titles only.
    expect(called(line('https://x.example/a', { title: 'Link: x.example' }), line('Look'))).toBe('Link: x.example');
  });

  it('carries the files of all its lines, those of a correction in place of those it corrects', () => {
    const file = (name: string) => ({ attachments: [{ name, type: 'image/png', size: 1, where: { url: `https://x.example/${name}` } }] });
    const merged = merge(line('one', file('a')), line('two', file('b')), corrects('one', 'ONE', file('c')), line('x', file('d')), takesBack('x'));
    expect(merged?.attachments.map(({ name }) => name)).toEqual(['c', 'b']);
  });

  it('asks for a receipt, counts hops and is unstyled when one of its lines is', () => {
    expect(merge(line('one', { hops: 1 }), line('two', { wantsReceipt: true, hops: 2, unstyled: true }))).toMatchObject({ wantsReceipt: true, hops: 2, unstyled: true });
    const plain = merge(line('one'), line('two', { wantsReceipt: true, hops: 2, unstyled: true }), takesBack('two'));
    expect(plain).toMatchObject({ wantsReceipt: false });
    expect(plain).not.toHaveProperty('hops');
    expect(plain).not.toHaveProperty('unstyled');
    expect(merge(line('one', { hops: 2 }), line('two', { hops: 1 }), takesBack('one'))?.hops).toBe(1);
    expect(merge(line('one', { hops: 2 }), line('two'), takesBack('one'))).not.toHaveProperty('hops');
  });

  it('of reactions is the last of them, against what stood before the first', () => {
    const react = (...reactions: string[]): Message => line(reactions.join(' '), { reactions, answers: { stanza: 'm' } });
    const context = { references: [], reactedBefore: ['👍'] };
    const merged = mergeBurst(deliver([react('👍', '🌹'), react('👍', '🥀')], context));
    expect(merged).toMatchObject({ context, message: { reactions: ['👍', '🥀'], text: '👍 🥀' } });
    expect(merge(react('🌹'), react())?.reactions).toEqual([]);
  });

  it('of a reaction that was corrected to words is the words', () => {
    const merged = merge(line('🌹', { reactions: ['🌹'] }), corrects('🌹', 'a rose'));
    expect(merged).toMatchObject({ text: 'a rose' });
    expect(merged).not.toHaveProperty('reactions');
  });
});

describe('whatever is corrected and taken back', () => {
  type Step = { readonly kind: 'line' | 'correction' | 'retraction'; readonly of: number };
  const step = fc.record({ kind: fc.constantFrom<Step['kind']>('line', 'line', 'correction', 'retraction'), of: fc.nat(12) });

  it('no line is lost and none is there twice, and their order stays', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
        const messages: Message[] = [];
        const root: number[] = [];
        const last = new Map<number, string>();
        steps.forEach(({ kind, of }, i) => {
          const target = root.length === 0 ? undefined : of % root.length;
          if (kind === 'retraction' && target !== undefined && messages[target] !== undefined) {
            root.push(-1);
            if (root[target] !== -1) last.delete(root[target]!);
            messages.push(takesBack(`t${target}.`));
            return;
          }
          const base = target === undefined ? undefined : root[target];
          const isCorrection = kind === 'correction' && base !== undefined && base !== -1;
          root.push(isCorrection ? base : i);
          messages.push(isCorrection ? corrects(`t${target}.`, `t${i}.`) : line(`t${i}.`));
          if (!isCorrection) last.set(i, `t${i}.`);
          else if (last.has(base)) last.set(base, `t${i}.`);
        });
        const left = [...last.values()];
        expect(merge(...messages)?.text ?? '').toBe(left.join('\n'));
        const silent = recalled(messages);
        expect(messages.filter((message) => !silent.has(message)).length).toBe(messages.filter((_, i) => root[i] !== -1 && last.has(root[i]!)).length);
      }),
      { numRuns: 500 },
    );
  });
});
