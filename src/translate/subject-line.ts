/** A chat user gives a message a subject by a first line `Subject: …`, since most clients have no field for it. */

/** How mail programs call the field. */
const WORDS =
  'subject|betreff|objet|sujet|asunto|oggetto|assunto|onderwerp|ämne|emne|aihe|temat|předmět|predmet|tárgy|subiect|konu|тема|относно|θέμα|件名|主题|主旨|主題|제목|الموضوع|נושא|विषय|chủ đề|หัวเรื่อง|tiêu đề|perihal';
const LINE = new RegExp(`^\\s*(?:${WORDS})[ \\u00a0]?[:：][ \\t\\u00a0\\u3000]*(\\S[^\\n]*)(?:\\n|$)`, 'iu');

export interface SubjectAndText {
  readonly subject?: string;
  readonly text: string;
}

/** The text without its subject line and the empty lines below that. The subject is as it was written. */
export function withSubjectLine(text: string): SubjectAndText {
  const found = LINE.exec(text);
  if (found === null) return { text };
  return { subject: (found[1] ?? '').trim(), text: text.slice(found[0].length).replace(/^(?:[ \t]*\n)+/, '') };
}
