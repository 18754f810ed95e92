/** Answers as mail programs write them in HTML, in seven languages: what stands around the text is each program's own. */

export interface ReplyLanguage {
  readonly code: string;
  readonly answer: string;
  readonly question: string;
  /** Labels of Outlook's header block: From, Sent, To, Subject. */
  readonly labels: readonly [string, string, string, string];
  readonly date: string;
  readonly gmail: string;
  readonly apple: string;
  readonly thunderbird: string;
  readonly yahoo: string;
  readonly phone: string;
  readonly outlookApp: string;
}

const BOB = 'Bob Miller';
const ADDRESS = '&lt;<a href="mailto:bob@example.net">bob@example.net</a>&gt;';

export const LANGUAGES: readonly ReplyLanguage[] = [
  {
    code: 'en', answer: 'Yes, gladly.', question: 'Shall we have lunch on Friday?', labels: ['From:', 'Sent:', 'To:', 'Subject:'], date: 'Tuesday, January 13, 2026 10:00 AM',
    gmail: `On Tue, Jan 13, 2026 at 10:00 AM ${BOB} ${ADDRESS} wrote:`, apple: `On 13 Jan 2026, at 10:00, ${BOB} ${ADDRESS} wrote:`,
    thunderbird: `On 1/13/26 10:00 AM, ${BOB} wrote:`, yahoo: `On Tuesday, January 13, 2026 at 10:00:00 AM GMT+1, ${BOB} ${ADDRESS} wrote:`, phone: 'Sent from my iPhone', outlookApp: 'Get <a href="https://aka.ms/o0ukef">Outlook for iOS</a>',
  },
  {
    code: 'de', answer: 'Ja, sehr gern.', question: 'Wollen wir am Freitag essen gehen?', labels: ['Von:', 'Gesendet:', 'An:', 'Betreff:'], date: 'Dienstag, 13. Januar 2026 10:00',
    gmail: `Am Di., 13. Jan. 2026 um 10:00 Uhr schrieb ${BOB} ${ADDRESS}:`, apple: `Am 13.01.2026 um 10:00 schrieb ${BOB} ${ADDRESS}:`,
    thunderbird: `Am 13.01.26 um 10:00 schrieb ${BOB}:`, yahoo: `Am Dienstag, 13. Januar 2026 um 10:00:00 MEZ hat ${BOB} ${ADDRESS} Folgendes geschrieben:`, phone: 'Von meinem iPhone gesendet', outlookApp: '<a href="https://aka.ms/o0ukef">Outlook für iOS</a> beziehen',
  },
  {
    code: 'fr', answer: 'Oui, avec plaisir.', question: 'On déjeune ensemble vendredi ?', labels: ['De&nbsp;:', 'Envoyé&nbsp;:', 'À&nbsp;:', 'Objet&nbsp;:'], date: 'mardi 13 janvier 2026 10:00',
    gmail: `Le mar. 13 janv. 2026 à 10:00, ${BOB} ${ADDRESS} a écrit&nbsp;:`, apple: `Le 13 janv. 2026 à 10:00, ${BOB} ${ADDRESS} a écrit :`,
    thunderbird: `Le 13/01/2026 à 10:00, ${BOB} a écrit&nbsp;:`, yahoo: `Le mardi 13 janvier 2026 à 10:00:00 UTC+1, ${BOB} ${ADDRESS} a écrit&nbsp;:`, phone: 'Envoyé de mon iPhone', outlookApp: 'Télécharger <a href="https://aka.ms/o0ukef">Outlook pour iOS</a>',
  },
  {
    code: 'es', answer: 'Sí, con mucho gusto.', question: '¿Comemos juntos el viernes?', labels: ['De:', 'Enviado el:', 'Para:', 'Asunto:'], date: 'martes, 13 de enero de 2026 10:00',
    gmail: `El mar, 13 ene 2026 a las 10:00, ${BOB} (${ADDRESS}) escribió:`, apple: `El 13 ene 2026, a las 10:00, ${BOB} ${ADDRESS} escribió:`,
    thunderbird: `El 13/1/26 a las 10:00, ${BOB} escribió:`, yahoo: `El martes, 13 de enero de 2026, 10:00:00 CET, ${BOB} ${ADDRESS} escribió:`, phone: 'Enviado desde mi iPhone', outlookApp: 'Obtener <a href="https://aka.ms/o0ukef">Outlook para iOS</a>',
  },
  {
    code: 'zh', answer: '好的，没问题。', question: '周五一起吃午饭好吗？', labels: ['发件人:', '发送时间:', '收件人:', '主题:'], date: '2026年1月13日 10:00',
    gmail: `${BOB} ${ADDRESS} 于2026年1月13日周二 10:00写道：`, apple: `2026年1月13日 10:00，${BOB} ${ADDRESS} 写道：`,
    thunderbird: `在 2026/1/13 10:00, ${BOB} 写道:`, yahoo: `2026年1月13日星期二 10:00:00 [GMT+8]，${BOB} ${ADDRESS} 写道：`, phone: '发自我的 iPhone', outlookApp: '获取 <a href="https://aka.ms/o0ukef">Outlook for iOS</a>',
  },
  {
    code: 'ru', answer: 'Да, с удовольствием.', question: 'Пообедаем вместе в пятницу?', labels: ['От:', 'Отправлено:', 'Кому:', 'Тема:'], date: '13 января 2026 г. 10:00',
    gmail: `вт, 13 янв. 2026 г. в 10:00, ${BOB} ${ADDRESS}:`, apple: `13 янв. 2026 г., в 10:00, ${BOB} ${ADDRESS} написал(а):`,
    thunderbird: `13.01.2026 10:00, ${BOB} пишет:`, yahoo: `вторник, 13 января 2026 г. в 10:00:00 GMT+3, ${BOB} ${ADDRESS} написал(а):`, phone: 'Отправлено с iPhone', outlookApp: 'Скачать <a href="https://aka.ms/o0ukef">Outlook для iOS</a>',
  },
  {
    code: 'ja', answer: 'はい、喜んで。', question: '金曜日に昼食をご一緒にいかがですか。', labels: ['差出人:', '送信日時:', '宛先:', '件名:'], date: '2026年1月13日 10:00',
    gmail: `2026年1月13日(火) 10:00 ${BOB} ${ADDRESS}:`, apple: `2026/01/13 10:00、${BOB} ${ADDRESS}のメール:`,
    thunderbird: `On 2026/01/13 10:00, ${BOB} wrote:`, yahoo: `2026年1月13日火曜日 10:00:00 JST、${BOB} ${ADDRESS}さんは書きました:`, phone: 'iPhoneから送信', outlookApp: '<a href="https://aka.ms/o0ukef">Outlook for iOS</a> を入手',
  },
];

type Client = (language: ReplyLanguage) => string;

function header({ labels, date }: ReplyLanguage, line: (label: string, value: string) => string): string {
  const values = [`${BOB} &lt;bob@example.net&gt;`, date, 'Anna &lt;anna@mail.example.com&gt;', 'Lunch'];
  return labels.map((label, i) => line(label, values[i] ?? '')).join('');
}

export const CLIENTS: Readonly<Record<string, Client>> = {
  'Outlook for Windows': (l) => `<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns="http://www.w3.org/TR/REC-html40"><head><meta name=Generator content="Microsoft Word 15 (filtered medium)"><!--[if !mso]><style>v\\:* {behavior:url(#default#VML);}</style><![endif]--><style><!--
/* Style Definitions */
p.MsoNormal, li.MsoNormal, div.MsoNormal {margin:0cm; font-size:11.0pt;}
--></style></head><body lang=EN-US link="#0563C1" style='word-wrap:break-word'><div class=WordSection1><p class=MsoNormal><span style='font-family:"Calibri",sans-serif'>${l.answer}<o:p></o:p></span></p><p class=MsoNormal><o:p>&nbsp;</o:p></p><div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'><p class=MsoNormal>${header(l, (label, value) => `<b><span style='mso-fareast-language:DE'>${label}</span></b> ${value} <br>`)}<o:p></o:p></p></div></div><p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>${l.question}<o:p></o:p></p></div></body></html>`,

  'Outlook on the web': (l) => `<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"><style type="text/css" style="display:none;"> P {margin-top:0;margin-bottom:0;} </style></head><body dir="ltr"><div class="elementToProof" style="font-family: Aptos, Calibri; font-size: 12pt;">${l.answer}</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif" style="font-size:11pt" color="#000000">${header(l, (label, value) => `<b>${label}</b> ${value}<br>`)}</font><div>&nbsp;</div></div><div><div dir="ltr">${l.question}</div></div></body></html>`,

  'Outlook for iOS': (l) => `<html><head></head><body><div dir="ltr">${l.answer}</div><div id="ms-outlook-mobile-body-separator-line" dir="ltr"><br></div><div id="ms-outlook-mobile-signature" dir="ltr"><div>${l.outlookApp}</div></div><div id="mail-editor-reference-message-container"><hr style="display:inline-block;width:98%"><div id="divRplyFwdMsg"><font face="Calibri">${header(l, (label, value) => `<b>${label}</b> ${value}<br>`)}</font></div><div>${l.question}</div></div></body></html>`,

  Gmail: (l) => `<div dir="ltr">${l.answer}</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">${l.gmail}<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex"><div dir="ltr">${l.question}</div>\r\n</blockquote></div>\r\n`,

  'Apple Mail': (l) => `<html><head></head><body style="overflow-wrap: break-word; line-break: after-white-space;">${l.answer}<br id="lineBreakAtBeginningOfMessage"><div><br><blockquote type="cite"><div>${l.apple}</div><br class="Apple-interchange-newline"><div><div>${l.question}</div></div></blockquote></div><br></body></html>`,

  'Apple Mail on a phone': (l) => `<html><head></head><body dir="auto">${l.answer}<br id="lineBreakAtBeginningOfSignature"><div dir="ltr">${l.phone}</div><div dir="ltr"><br><blockquote type="cite">${l.apple}<br><br></blockquote></div><blockquote type="cite"><div dir="ltr">\ufeff${l.question}</div></blockquote></body></html>`,

  Thunderbird: (l) => `<!DOCTYPE html><html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"></head><body><p>${l.answer}</p><div class="moz-cite-prefix">${l.thunderbird}<br></div><blockquote type="cite" cite="mid:1@example.net"><p>${l.question}</p></blockquote><div class="moz-signature">-- <br>Anna Example</div></body></html>`,

  Yahoo: (l) => `<html><head></head><body><div class="ydp1yahoo-style-wrap" style="font-family:Helvetica; font-size:13px;"><div dir="ltr" data-setdir="false">${l.answer}</div><div><br></div></div><div id="yahoo_quoted_4711" class="yahoo_quoted"><div style="font-family:'Helvetica Neue'"><div>${l.yahoo}</div><div><br></div><div><br></div><div><div dir="ltr">${l.question}</div></div></div></div></body></html>`,

  Proton: (l) => `<div style="font-family: Arial, sans-serif; font-size: 14px;">${l.answer}</div><div class="protonmail_signature_block"><div class="protonmail_signature_block-proton">Sent with <a href="https://proton.me/mail/home">Proton Mail</a> secure email.</div></div><div class="protonmail_quote"><div>${l.yahoo}</div><br><blockquote class="protonmail_quote" type="cite"><div>${l.question}</div></blockquote><br></div>`,

  Zoho: (l) => `<div style="font-family: Verdana;"><div>${l.answer}<br></div><br><div class="zmail_extra_hr" style="border-top: 1px solid rgb(204, 204, 204);"><br></div><div class="zmail_extra" data-zbluepencil-ignore="true"><div id="Zm-_Id_-Sgn1">---- ${l.yahoo.replace(/:$/, '')} ---<br></div><br><blockquote id="blockquote_zmail"><div>${l.question}</div></blockquote></div></div>`,

  Yandex: (l) => `<div>${l.answer}</div><div> </div><div>13.01.2026, 10:00, "${BOB}" ${ADDRESS}:</div><blockquote><p>${l.question}</p></blockquote>`,

  'Mail.ru': (l) => `<HTML><BODY><div>${l.answer}</div><blockquote style="border-left:1px solid #0857A6; margin:10px; padding:0 0 0 10px;">Вторник, 13 января 2026, 10:00 +03:00 от ${BOB} ${ADDRESS}:<br>&nbsp;<div id=""><div>${l.question}</div></div></blockquote></BODY></HTML>`,

  QQ: (l) => `<div>${l.answer}</div><div><br></div><div style="font-size: 12px;font-family: Arial Narrow;padding:2px 0 2px 0;">------------------&nbsp;原始邮件&nbsp;------------------</div><div style="font-size: 12px;background:#efefef;padding:8px;"><div><b>发件人:</b>&nbsp;"bob"&lt;bob@example.net&gt;;</div><div><b>发送时间:</b>&nbsp;2026年1月13日(星期二) 上午10:00</div><div><b>收件人:</b>&nbsp;"anna"&lt;anna@mail.example.com&gt;;</div><div><b>主题:</b>&nbsp;Lunch</div></div><div>${l.question}</div>`,

  Foxmail: (l) => `<html><head><style>body { line-height: 1.5; }</style></head><body><div>${l.answer}</div><div><br></div><hr style="width: 210px; height: 1px;" color="#b5c4df" size="1" align="left"><div><span>anna@mail.example.com</span></div><blockquote style="margin-Top: 0px; margin-Bottom: 0px; margin-Left: 0.5em"><div>&nbsp;</div><div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm"><div style="PADDING-RIGHT: 8px; FONT-SIZE: 12px;background:#efefef;"><div><b>发件人：</b>&nbsp;<a href="mailto:bob@example.net">bob</a></div><div><b>发送时间：</b>&nbsp;2026-01-13&nbsp;10:00</div><div><b>收件人：</b>&nbsp;<a href="mailto:anna@mail.example.com">anna</a></div><div><b>主题：</b>&nbsp;Lunch</div></div></div><div>${l.question}</div></blockquote></body></html>`,

  '163': (l) => `<div style="line-height:1.7;color:#000000;font-size:14px;font-family:Arial"><div>${l.answer}</div><p style="margin:0;"><br></p><div style="position:relative;zoom:1"></div><div id="divNeteaseMailCard"></div><p>At 2026-01-13 10:00:00, "bob" &lt;bob@example.net&gt; wrote:</p><blockquote id="isReplyContent" style="PADDING-LEFT: 1ex; MARGIN: 0px 0px 0px 0.8ex; BORDER-LEFT: #ccc 1px solid"><div>${l.question}</div></blockquote></div>`,

  Samsung: (l) => `<html><head></head><body dir="auto"><div>${l.answer}</div><div><br></div><div id="composer_signature" dir="auto"><div style="font-size:85%;color:#575757">Sent from my Galaxy</div></div><div><br></div><div align="left" dir="auto" style="font-size:100%;color:#000000"><div>-------- Original message --------</div><div>From: ${BOB} &lt;bob@example.net&gt; </div><div>Date: 13/01/2026  10:00  (GMT+01:00) </div><div>To: anna@mail.example.com </div><div>Subject: Lunch </div><div><br></div></div>${l.question}</body></html>`,

  Roundcube: (l) => `<html><body style='font-size: 10pt; font-family: Verdana'><p>${l.answer}</p><p id="reply-intro">${l.thunderbird}</p><blockquote type="cite" style="padding: 0 0.4em; border-left: #1010ff 2px solid; margin: 0"><div id="replybody1"><p>${l.question}</p></div></blockquote></body></html>`,
};
