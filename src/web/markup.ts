/** HTML of our own pages: what is put into a template is escaped, unless it is HTML made by one. */

export class Html {
  constructor(readonly text: string) {}
}

type Value = string | number | Html | undefined | readonly Html[];

/** `html`<p>${anything}</p>``: nothing that came from outside is ever markup. Attributes are to be in double quotes. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(parts.map((part, i) => part + rendered(values[i])).join(''));
}

/** Markup that another part has made safe. */
export function made(text: string): Html {
  return new Html(text);
}

function rendered(value: Value): string {
  if (value === undefined) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(({ text }) => text).join('');
  return escape(String(value));
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text as it stands in an element or in a quoted attribute. NUL goes: a parser would put something else in its place. */
export function escape(text: string): string {
  return text.replace(/[&<>"'\0]/g, (char) => ESCAPES[char] ?? '');
}
