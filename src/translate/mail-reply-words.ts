/**
 * The words by which mail programs mark quoted history, per language. Data only: a language is added here, with a case
 * in test/translate/mail-quotes.test.ts.
 */

/**
 * The line above a quotation. `begins` may stand in an earlier line than `ends`; where a language begins with nothing
 * of its own (a date, or a name) `begins` is absent.
 */
export interface Attribution {
  readonly language: string;
  readonly begins?: RegExp;
  readonly ends: RegExp;
}

/** What every attribution ends in: looked at first, because it is cheap and hardly a line has it. */
export const ATTRIBUTION_TAILS: readonly string[] = [':', '：', 'wrote', '--'];

export const ATTRIBUTIONS: readonly Attribution[] = [
  { language: 'en', begins: /^(?:On|At)\b/, ends: /\b(?:wrote|writes|said)\s*[:：]$/ },
  { language: 'en', ends: /> (?:wrote|writes)\s*[:：]$/ },
  { language: 'en, without a colon', begins: /^On\b.{0,80}\d:\d\d/, ends: /@.{0,200} wrote(?: -{2,})?$/ },
  { language: 'any: a moment and an address', begins: /^(?=.{0,80}\b20\d\d\b)(?=.{0,80}\d[:.h]\d\d)/, ends: /<[^<>\s]{1,200}@[^<>\s]{1,200}>\s?[:：]$/ },
  { language: 'de', begins: /^Am\b/, ends: /\b(?:schrieb|geschrieben)\b.{0,200}:$/ },
  { language: 'de, name first', ends: /\bschrieb am\b.{0,100}:$/ },
  { language: 'fr', begins: /^Le\b/, ends: /\ba écrit\s*:$/ },
  { language: 'es', begins: /^El\b/, ends: /\bescribió\s*:$/ },
  { language: 'it', begins: /^(?:Il|In data)\b/, ends: /\bha scritto\s*:$/ },
  { language: 'pt', begins: /^(?:Em|A|No dia)\b/, ends: /\bescreveu\b.{0,200}:$/ },
  { language: 'nl', begins: /^(?:Op|Het)\b/, ends: /\b(?:schreef|geschreven)\b.{0,200}:$/ },
  { language: 'sv, da, no', ends: /\bskrev\b.{0,200}:$/ },
  { language: 'fi', ends: /\bkirjoitti\b.{0,200}:$/ },
  { language: 'pl', ends: /\b(?:napisał(?:\(?a\)?)?|pisze)\s*:$/ },
  { language: 'cs', begins: /^(?:Dne|(?:po|út|st|čt|pá|so|ne)\s)/, ends: /\bnapsal\(?a?\)?.{0,200}:$/ },
  { language: 'hu', ends: /\sírta\b.{0,200}:$/ },
  { language: 'ro', begins: /^(?:În|Pe)\b/, ends: /\ba scris\s*:$/ },
  { language: 'ru', ends: /(?:пишет|писал|написал|написала|написал\(а\))\s*:$/ },
  { language: 'uk', ends: /(?:пише|написав|написала)\s*:$/ },
  { language: 'el', ends: /έγραψε\s*:$/ },
  { language: 'tr', ends: /\b(?:şunu yazdı|yazdı)\s*:$/ },
  { language: 'vi', begins: /^Vào\b/, ends: /\sđã viết\s*:$/ },
  { language: 'ar', ends: /كتب.{0,200}:$/ },
  { language: 'he', ends: /כתב.{0,200}:$/ },
  { language: 'zh', ends: /(?:写道|寫道|写到)\s*[:：]$/ },
  { language: 'ja', ends: /(?:のメール|書きました|さんは書きました|wrote)\s*[:：]$/ },
  { language: 'id', begins: /^Pada\b/, ends: /\bmenulis\s*:$/ },
  { language: 'hr, sl, sk', ends: /\b(?:napisao|napisala|napisal|napísal)\b.{0,40}:$/ },
  { language: 'bg', ends: /\sнаписа\s*:$/ },
  { language: 'ca', begins: /^(?:El|Missatge de)\b/, ends: /\b(?:va escriure|ha escrit)\b.{0,40}:$/ },
  { language: 'th', ends: /เขียนว่า\s*:$/ },
  { language: 'fa', ends: /نوشت\s*:$/ },
  { language: 'ko', ends: /(?:작성|님이 작성|썼습니다)\s*[:：]$/ },
];

/** The fields of the header block that Outlook and its kin put above an unmarked quotation. */
export type BlockField = 'from' | 'sent' | 'to' | 'cc' | 'subject';

const BLOCK_LABELS: Readonly<Record<BlockField, readonly string[]>> = {
  from: ['From', 'Von', 'De', 'Da', 'Van', 'Från', 'Fra', 'Lähettäjä', 'Od', 'Feladó', 'От', 'Від', 'Από', 'Kimden', 'Gönderen', '发件人', '寄件者', '差出人', '보낸 사람'],
  sent: [
    'Sent', 'Date', 'Message du', 'Gesendet', 'Datum', 'Envoyé', 'Envoyé le', 'Fecha', 'Enviado', 'Enviado el', 'Inviato', 'Data', 'Verzonden', 'Skickat', 'Sendt', 'Dato',
    'Lähetetty', 'Päivämäärä', 'Wysłano', 'Odesláno', 'Elküldve', 'Дата', 'Отправлено', 'Дата отправки', 'Надіслано', 'Ημερομηνία', 'Gönderilen', 'Gönderme Tarihi', 'Tarih',
    '发送时间', '时间', '日期', '寄件日期', '傳送時間', '送信日時', '日付', '보낸 날짜', '날짜',
  ],
  to: ['To', 'An', 'À', 'Para', 'A', 'Aan', 'Till', 'Til', 'Vastaanottaja', 'Do', 'Komu', 'Címzett', 'Кому', 'Προς', 'Kime', 'Alıcı', '收件人', '收件者', '宛先', '받는 사람'],
  cc: ['Cc', 'CC', 'Kopie', 'Kopia', 'Kopi', 'Copie à', 'Копия', '抄送'],
  subject: ['Subject', 'Betreff', 'Objet', 'Sujet', 'Asunto', 'Oggetto', 'Assunto', 'Onderwerp', 'Ämne', 'Emne', 'Aihe', 'Temat', 'Předmět', 'Tárgy', 'Тема', 'Θέμα', 'Konu', '主题', '主旨', '件名', '제목'],
};

/** Label, lower-case, to its field. */
export const BLOCK_FIELD: ReadonlyMap<string, BlockField> = new Map(
  Object.entries(BLOCK_LABELS).flatMap(([field, labels]) => labels.map((label) => [label.toLowerCase(), field as BlockField])),
);

/** Between dashes or underscores above an answered mail. */
export const ORIGINAL_WORDS: readonly string[] = [
  'Original Message', 'Original Mail', 'Original Appointment', 'Reply Message', 'Ursprüngliche Nachricht', 'Originalnachricht', 'Message d’origine',
  "Message d'origine", 'Message original', 'Mensaje original', 'Messaggio originale', 'Mensagem original', 'Oorspronkelijk bericht',
  'Originalmeddelande', 'Ursprungligt meddelande', 'Original besked', 'Oprindelig meddelelse', 'Opprinnelig melding', 'Alkuperäinen viesti',
  'Oryginalna wiadomość', 'Wiadomość oryginalna', 'Původní zpráva', 'Eredeti üzenet', 'Исходное сообщение', 'Оригинальное сообщение', 'Orijinal Mesaj',
  'Oprindelig besked', 'Message initial', 'Mail original', 'Ursprüngliche Mail', 'Ursprüngliche E-Mail', 'Original-Nachricht', 'Missatge original',
  'Izvorna poruka', 'Pôvodná správa', 'Mesaj original', 'Оригінальне повідомлення', 'Original', '原始邮件', '原始郵件', '原始信件', '元のメール', '元のメッセージ', '원본 메시지',
];

/** Above a forwarded mail, which is what the sender wants to show: never cut. */
export const FORWARD_WORDS: readonly string[] = [
  'forwarded message', 'forwarded by', 'begin forwarded', 'weitergeleitete nachricht', 'anfang der weitergeleiteten', 'message transféré', 'début du message',
  'message réexpédié', 'mensaje reenviado', 'messaggio inoltrato', 'inizio messaggio', 'mensagem encaminhada', 'doorgestuurd bericht',
  'vidarebefordrat', 'videresendt', 'välitetty viesti', 'przekazana wiadomość', 'přeposlaná zpráva', 'továbbított', 'пересылаемое сообщение',
  'переслане повідомлення', 'iletilen', '转发的邮件', '轉寄', '転送', '전달된', '전달 메시지', 'переадресованного сообщения', 'перенаправленное сообщение', 'reencaminhada',
  'przekazywanej', 'przekazanej', 'přeposílané', 'leti başlangıcı', 'videresendte', 'reenviat', '转发的消息', '转发邮件',
];

/** Subject prefixes of a forwarded mail. */
export const FORWARD_SUBJECT = /^\s*(?:fwd?|wg|tr|rv|i|enc|doorst|vs|vb|vl|pd|továbbítás|пер|fs|ilt|转发|轉寄|転送|전달)\s*[:：]/i;

/**
 * In a short answer above history that no program marked line by line: it answers inside of that, or speaks of it, and
 * the reader needs both.
 */
export const INLINE_WORDS = new RegExp(
  [
    /\bin-?line\b/, /\b(?:see|answers?|comments?|replies|responses?|answered|commented|replied|notes?)\b[^.!?\n]{0,40}\b(?:below|in (?:red|blue|green|bold|caps))\b/,
    /\b(?:siehe|s\.|antworten|kommentare|anmerkungen)\b[^.!?\n]{0,40}\b(?:unten|im text|in (?:rot|blau|grün|fett))\b/, /\b(?:ci-dessous|dans le texte|en (?:rouge|bleu|vert))\b/,
    /\b(?:más abajo|en (?:rojo|azul|verde)|entre líneas)\b/, /\b(?:abaixo|em vermelho)\b/, /\b(?:qui sotto|di seguito|in rosso)\b/, /\b(?:zie|reactie)\b[^.!?\n]{0,40}\b(?:onder|beneden|rood)\b/,
    /(?:см\. ниже|ответы ниже|в тексте письма|красным)/, /(?:见下|見下|红字|紅字|如下)/, /(?:文中|赤字|下記に(?:記入|回答))/,
  ].map(({ source }) => source).join('|'),
  'i',
);

/** A plain part that only says that there is an HTML part. */
export const STUB_WORDS =
  /(?:\bin (?:your|a|the) (?:web ?)?browser\b|\bview (?:it |this |the )?(?:online|on the web)\b|\bhtml[- ](?:e-?mail|format|version|capable|compatible|enabled)\b|\b(?:support|display|view|enable)\w* html\b|\bim browser\b|\bhtml-(?:mail|nachricht|ansicht)\b|\bversion en ligne\b|\bnavigateur\b|\bformat html\b|\bnavegador\b|\bformato html\b|\bbrowser\b.{0,20}\b(?:bekijken|openen|visualizza)|в браузере|браузер|浏览器|瀏覽器|ブラウザ|html形式)/i;

/** Stands in the footer of a mailing list. */
export const LIST_FOOTER = /\bmailing list\b|\bmailman\b|\/listinfo\/|\/postorius\/|\bunsubscribe\b|\bsend an email to [\w.+-]+-leave@/i;

/** The beginning of a paragraph that is nobody's own words. Each names the mail itself and that it is confidential or meant for somebody. */
export const DISCLAIMERS: readonly RegExp[] = [
  /^(?:(?:confidentiality )?(?:notice|disclaimer)\s*:?\s*)?(?:this|the information (?:contained )?in this) (?:e-?mail|message|communication|transmission|electronic)\b.{0,200}\b(?:confidential|privileged|intended (?:only|solely)|intended for)/i,
  /^(?:diese|der inhalt dieser|die in dieser) (?:e-?mail|nachricht)\b.{0,200}\b(?:vertraulich|rechtlich geschützt|ausschließlich für)/i,
  /^(?:ce|cet|le présent) (?:e-?mail|message|courriel|courrier électronique)\b.{0,200}\b(?:confidentiel|exclusivement|à l['’]attention exclusive|destiné)/i,
  /^(?:este|el presente|la información contenida en este) (?:e-?mail|mensaje|correo)\b.{0,200}\b(?:confidencial|exclusivamente|dirigid[oa])/i,
  /^(?:questo|il presente|le informazioni contenute in questo) (?:e-?mail|messaggio)\b.{0,200}\b(?:riservat|confidenzial|esclusivamente)/i,
  /^(?:esta|a presente) (?:e-?mail|mensagem)\b.{0,200}\b(?:confidencia|exclusivamente)/i,
  /^(?:dit|de informatie in dit) (?:e-?mail|bericht|e-mailbericht)\b.{0,200}\b(?:vertrouwelijk|uitsluitend)/i,
  /^(?:это|настоящее|данное) (?:электронное )?(?:письмо|сообщение).{0,200}(?:конфиденциальн|исключительно|предназначен)/i,
  /^(?:本邮件|此邮件|本郵件|此電子郵件).{0,100}(?:保密|机密|機密)/,
  /^(?:この|本)(?:電子)?メール.{0,100}(?:機密|秘密)/,
];

/** The whole of a mail's last line, as telephones and programs add it. */
export const DEVICE_LINES: readonly RegExp[] = [
  /^\(?Sent from (?:my|the) (?!desk\b)[^.!?]{1,60}(?:[.,] *(?:please )?(?:excuse|forgive|pardon)[^.!?]{0,60}[.!]?)?$/i,
  /^\(?Sent (?:from|via|with|by) (?:a |my )?(?:mobile|phone|cell|tablet|smartphone)(?: device| phone)?\)?\.?$/i,
  /^Sent (?:from|with|via|using) (?:Outlook|Mail|Yahoo Mail|Proton ?Mail|Gmail|Samsung|AOL|Zoho|BlackBerry|Nine|K-9 Mail|Thunderbird|Fairmail|Spark|Tutanota|Tuta|Front|eM Client|Superhuman|Blue ?Mail|Airmail|Windows Mail|Mailbox)\b[^.!?]{0,60}\.?$/i,
  /^Sent (?:from|with|via) [^.!?<>]{1,40} ?<https?:\/\/[^<>\s]{1,200}>\.?$/i,
  /^(?:Get|Download) (?:Outlook|BlueMail|TypeApp) for (?:iOS|Android|Mac|Windows|Desktop)(?: ?<[^<>]{1,200}>| ?https?:\/\/\S{1,200})?$/i,
  /^(?:Von meinem|Gesendet von meinem|Gesendet von meiner|Gesendet mit der|Von unterwegs|Diese Nachricht wurde von meinem) [^.!?]{1,80}(?: gesendet\.?)?$/i,
  /^(?:Gesendet (?:von|aus|mit|über)|Holen Sie sich) (?:Outlook|Mail|Yahoo|Proton|Gmail|K-9|Samsung|GMX|WEB\.DE|Thunderbird|AOL|Spark|Tuta)[^!?]{0,120}$/i,
  /^(?:Envoyé (?:de(?:puis)?|à partir de|avec) (?:mon |ma |la |l['’]|le )?|Télécharger |Obtenir |Téléchargez )(?:iPhone|iPad|Outlook|mobile|portable|smartphone|téléphone|appareil|Samsung|Galaxy|Huawei|Yahoo|Orange|Proton|messagerie|application|Mail|Gmail|tablette)[^!?]{0,120}$/i,
  /^(?:Enviado (?:desde|do|de|a partir do|a través de|con) (?:mi |meu |o meu |mi dispositivo |el |o )?|Obtener |Obter )(?:iPhone|iPad|Outlook|Correo|Email|Yahoo|Proton|Samsung|Galaxy|Huawei|Xiaomi|smartphone|celular|telemóvel|dispositivo|móvil|teléfono|Mail|Gmail)[^!?]{0,120}$/i,
  /^(?:Inviato da(?:l mio| mio|lla mia)?|Scarica|Ottieni) (?:iPhone|iPad|Outlook|Yahoo|Proton|Samsung|Galaxy|Huawei|smartphone|cellulare|dispositivo|Libero|Mail|Posta|Gmail)[^!?]{0,120}$/i,
  /^(?:Verstuurd|Verzonden) (?:vanaf|met|vanuit|via) [^.!?]{1,60}$/i,
  /^Skickat från (?:min|Outlook|Yahoo|E-post)[^.!?]{0,60}(?:<[^<>\s]{1,200}>)?$/i,
  /^Sendt fra (?:min|Outlook|Yahoo|E-post|Mail)[^.!?]{0,60}(?:<[^<>\s]{1,200}>)?$/i,
  /^Lähetetty [^.!?]{1,40}(?:stä|sta|ltä|lta)$/i,
  /^(?:Wysłane|Wysłano) z [^.!?]{1,60}$/i,
  /^Odesláno z [^.!?]{1,60}$/i,
  /^(?:Отправлено|Послано) (?:с|из|от) [^.!?]{1,60}$/i,
  /^(?:Отправлено из|Скачать|Загрузить) (?:Outlook|Почты|мобильной|Яндекс|Mail)[^!?]{0,120}$/i,
  /^Надіслано з [^.!?]{1,60}$/i,
  /^(?:iPhone|iPad|Samsung|Android)['’]?\S{0,8} gönderildi\.?$/i,
  /^(?:发自|從|从|寄自|發自)我?的? ?(?:iPhone|iPad|手机|手機|Outlook|华为|小米|Samsung|三星|QQ邮箱|网易|Android|Huawei|HUAWEI)[^。！？]{0,120}$/,
  /^(?:获取|取得|下载) ?Outlook[^。！？]{0,120}$/,
  /^(?:iPhone|iPad|Android|スマートフォン|Outlook|Yahoo!メール|Samsung|Galaxy|Xperia)[^。！？]{0,30}(?:から|より|で|を使用して)(?:送信|入手)(?:しました|されました)?。?(?: ?<[^<>]{1,200}>)?$/,
  /^나의 .{1,20}에서 보냄$/,
];
