import { describe, expect, test } from 'vitest';
import { cutReply } from '../../src/translate/quotes.js';
import { worked } from '../worked.js';

const kept = (text: string, forwarded = false) => cutReply(text, forwarded).text;

describe('history under an attribution is cut', () => {
  test.each([
    ['en', 'On Tue, 13 Jan 2026 at 10:00, Bob <bob@example.net> wrote:'],
    ['en, over three lines', 'On Tue, 13 Jan 2026 at 10:00, Bob the\nvery long name <bob@example.net>\nwrote:'],
    ['en, undated', 'On Monday Bob wrote:'],
    ['de', 'Am 13.01.26 um 10:00 schrieb Bob Muster:'],
    ['fr', 'Le mar. 13 janv. 2026 à 10:00, Bob <bob@example.net> a écrit :'],
    ['es', 'El mar, 13 ene 2026 a las 10:00, Bob (<bob@example.net>) escribió:'],
    ['it', 'Il giorno mar 13 gen 2026 alle ore 10:00 Bob <bob@example.net> ha scritto:'],
    ['pt', 'Em ter., 13 de jan. de 2026 às 10:00, Bob <bob@example.net> escreveu:'],
    ['nl', 'Op di 13 jan 2026 om 10:00 schreef Bob <bob@example.net>:'],
    ['sv', 'Den tis 13 jan. 2026 kl 10:00 skrev Bob <bob@example.net>:'],
    ['da', 'Den tirs. 13. jan. 2026 kl. 10.00 skrev Bob <bob@example.net>:'],
    ['no', 'tir. 13. jan. 2026 kl. 10:00 skrev Bob <bob@example.net>:'],
    ['fi', 'ti 13. tammik. 2026 klo 10.00 Bob (bob@example.net) kirjoitti:'],
    ['pl', 'wt., 13 sty 2026 o 10:00 Bob <bob@example.net> napisał(a):'],
    ['cs', 'út 13. 1. 2026 v 10:00 odesílatel Bob <bob@example.net> napsal:'],
    ['hu', 'Bob <bob@example.net> ezt írta (időpont: 2026. jan. 13., K, 10:00):'],
    ['ro', 'În mar., 13 ian. 2026 la 10:00, Bob <bob@example.net> a scris:'],
    ['ru', 'вт, 13 янв. 2026 г. в 10:00, Bob <bob@example.net>:'],
    ['ru, with a verb', '13.01.2026 10:00, Bob пишет:'],
    ['uk', 'вт, 13 січ. 2026 р. о 10:00 Bob <bob@example.net> пише:'],
    ['el', 'Στις Τρί 13 Ιαν 2026 στις 10:00 π.μ., ο χρήστης Bob <bob@example.net> έγραψε:'],
    ['tr', 'Bob <bob@example.net>, 13 Oca 2026 Sal, 10:00 tarihinde şunu yazdı:'],
    ['vi', 'Vào 10:00, Th 3, 13 thg 1, 2026 Bob <bob@example.net> đã viết:'],
    ['zh', 'Bob <bob@example.net> 于2026年1月13日周二 10:00写道：'],
    ['ja', '2026年1月13日(火) 10:00 Bob <bob@example.net>:'],
    ['ko', '2026년 1월 13일 (화) 오전 10:00, Bob <bob@example.net>님이 작성:'],
  ])('%s', (_, attribution) => {
    expect(cutReply(`Yes, gladly.\n\n${attribution}\n\n> Shall we?\n> Bob\n`)).toEqual({ text: 'Yes, gladly.', cutLines: 4 + attribution.split('\n').length });
  });
});

describe('a forwarded mail stays, its history and the signatures around it included', () => {
  test.each([
    '---------- Forwarded message ---------', 'Begin forwarded message:', '-------- Forwarded Message --------', '---------- Weitergeleitete Nachricht ---------',
    'Anfang der weitergeleiteten Nachricht:', '---------- Message transféré ---------', 'Début du message réexpédié :', 'Inicio del mensaje reenviado:', '-------- Mensaje reenviado --------',
    'Начало переадресованного сообщения:', '-------- Перенаправленное сообщение --------', '-------- Пересылаемое сообщение --------', '---------- 转发的邮件 ---------',
    '以下是转发的邮件：', '---------- 轉寄郵件 ---------', '-------- 转发的消息 --------', '転送されたメッセージ:', '-------- 転送メッセージ --------', 'Inizio messaggio inoltrato:',
    'Início da mensagem reencaminhada:', '-------- Mensagem encaminhada --------', 'Begin doorgestuurd bericht:', '-------- Doorgestuurd bericht --------', 'Vidarebefordrat brev:',
    'Start på videresendt besked:', 'Początek przekazywanej wiadomości:', '-------- Treść przekazanej wiadomości --------', '전달된 메시지:', 'İleti başlangıcı:',
    'Začátek přeposílané zprávy:', 'Továbbított levél kezdete:', 'Välitetty viesti alkaa:',
  ])('%s', (mark) => {
    const text = `See this.\n\n-- \nAnna\n\n${mark}\n\nFrom: Bob <bob@example.net>\nSubject: Lunch\nSent: Tuesday\nTo: Anna\n\nShall we?\n\nOn Monday Carol wrote:\n> Lunch?\n-- \nBob`;
    expect(cutReply(text)).toEqual({ text, cutLines: 0 });
  });
});

describe('an attribution of another kind', () => {
  test.each([
    ['Yahoo, with dashes', '--- On Wed, 4/4/12, Bob <bob@example.net> wrote:'],
    ['Gmail, the address in two lines', '2016-10-24 15:36 GMT+02:00 Bob <\nbob@example.net>:'],
    ['Inbox, German', 'Bob Miller <bob@example.net> schrieb am Fr., 28.\nApr. 2017 um 11:53 Uhr:'],
    ['Gmail, Russian, without a time', 'понедельник, 6 октября 2014 г. пользователь bob написал:'],
    ['Hungarian', '2013.02.08. 7:31 keltezéssel, "Gyõrvári Eszter" írta:'],
    ['in three lines', 'On Nov 21, 2014,\nat 10:18,\nBob <bob@example.net> wrote:'],
    ['emphasised', '*On Tue, 13 Jan 2026 at 10:00, Bob <bob@example.net> wrote:*'],
    ['in a language of which we know no word', 'Le zweie 13.1.2026 10:00 Bob ga scrito:'],
  ])('%s', (_, attribution) => expect(kept(`Yes.\n\n${attribution}\n\n> Shall we?`)).toBe('Yes.'));

  test('an undated one is none without a quotation', () => expect(kept('Yes.\n\nOn the whole he wrote:\n\nShall we?')).toContain('Shall we?'));
});

describe('Outlook header blocks are cut', () => {
  test.each([
    ['en', 'From: Bob\nSent: Tuesday, January 13, 2026 10:00\nTo: Anna\nSubject: Lunch'],
    ['de', 'Von: Bob\nGesendet: Dienstag, 13. Januar 2026 10:00\nAn: Anna\nBetreff: Essen'],
    ['fr', 'De : Bob\nEnvoyé : mardi 13 janvier 2026 10:00\nÀ : Anna\nObjet : Déjeuner'],
    ['bold', '*From:* Bob\n*Sent:* Tuesday\n*To:* Anna\n*Subject:* Lunch'],
    ['zh', '发件人: Bob\n发送时间: 2026年1月13日 10:00\n收件人: Anna\n主题: 午饭'],
    ['from Orange', '====\n\nMessage du : 12/12/2016 13:20\nDe : "Bob"\nA : anna@mail.example.com\nSujet : Lunch'],
    ['with a rule above', '________________________________\nFrom: Bob\nSent: Tuesday\nTo: Anna\nSubject: Lunch'],
    ['original message', '-----Original Message-----\nwhatever'],
    ['ursprüngliche Nachricht', '-------- Ursprüngliche Nachricht --------\nwhatever'],
  ])('%s', (_, block) => expect(kept(`Yes.\n\n${block}\n\nShall we have lunch?`)).toBe('Yes.'));
});

describe('signatures are cut', () => {
  test.each([
    ['the RFC form', 'Yes.\n-- \nAnna\nExample Ltd', 'Yes.'],
    ['without its space, when short', 'Yes.\n--\nAnna', 'Yes.'],
    ['above history', 'Yes.\n\n-- \nAnna\n\nOn Monday Bob wrote:\n> Shall we?', 'Yes.'],
    ['below history', 'Yes.\n\nOn Monday Bob wrote:\n> Shall we?\n-- \nAnna', 'Yes.'],
    ['above a disclaimer of many lines', `Yes.\n--\nAnna\nExample Ltd\n\nNOTICE: This communication may contain\n${'confidential information that is meant for you alone\n'.repeat(9)}`, 'Yes.'],
    ['a telephone', 'Yes.\n\nSent from my iPhone', 'Yes.'],
    ['a telephone in German', 'Ja.\n\nVon meinem iPhone gesendet', 'Ja.'],
    ['an app', 'Yes.\n\nGet Outlook for iOS<https://aka.ms/o0ukef>', 'Yes.'],
  ])('%s', (_, text, expected) => expect(kept(text)).toBe(expected));
});

describe('when in doubt nothing is cut', () => {
  test.each([
    ['answers between the quotes', 'On Monday Bob wrote:\n> Shall we?\nYes.\n> Where?\nHere.'],
    ['answers between the quotes, below a greeting', 'Hi Anna,\n\nOn Monday Bob wrote:\n> Shall we?\nYes.\n> Where?\nHere.'],
    ['an answer below the quote', '> Shall we?\n\nYes.'],
    ['prose that begins like an attribution', 'On Monday she wrote:\nthe plan is good'],
    ['prose that says wrote', 'On the whole I wrote: nothing.\nBut you did.'],
    ['a forwarded mail', 'See below.\n\n---------- Forwarded message ---------\nFrom: Bob\nDate: Tuesday\nSubject: Lunch\nTo: Anna\n\nShall we?'],
    ['a forwarded mail, in Apple style', 'See below.\n\nBegin forwarded message:\n\nFrom: Bob\nDate: Tuesday\nTo: Anna\n\nShall we?'],
    ['only history', '> Shall we?\n> Bob'],
    ['only a signature', '-- \nAnna'],
    ['a From line in a text', 'From: here\nTo: there\nit is far'],
    ['a telephone in a sentence', 'It was\nSent from my house. Honestly.'],
    ['rules and lists', 'a\n--\n' + 'item\n'.repeat(20)],
    ['a quote of two lines wrapped by a bad program', 'Yes.\n> a long line that was\nwrapped'],
  ])('%s', (_, text) => expect(cutReply(text)).toEqual({ text, cutLines: 0 }));

  test('prose above an attribution stays', () => {
    expect(kept('On time as ever.\nOn Tue, 13 Jan 2026 at 10:00, Bob <bob@example.net> wrote:\n> Shall we?')).toBe('On time as ever.');
  });

  test('a forwarding subject keeps what looks like history', () => {
    const text = 'FYI\n\nFrom: Bob\nSent: Tuesday\nTo: Anna\nSubject: Lunch\n\nShall we?';
    expect(kept(text, true)).toBe(text);
    expect(kept(text)).toBe('FYI');
  });
});

test.each([
  ['colons', 'a:\n'.repeat(300_000)],
  ['long attributions', `On ${'skrev '.repeat(60)}:\n`.repeat(5000)],
  ['rules', `--${'- '.repeat(150)}x\n`.repeat(6000)],
  ['quotes', '>'.repeat(1_000_000)],
  ['From lines', 'From: a\n'.repeat(200_000)],
  ['blank lines', '\n'.repeat(1_000_000)],
])('2 MB of %s take no quadratic time', (_, text) => {
  const started = process.cpuUsage();
  cutReply(text);
  expect(worked(started)).toBeLessThan(8000);
});
