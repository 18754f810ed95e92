/** How a link of HTML is written in text. */

const SCHEMES = /^(?:https?|ftp|mailto|tel|sms|xmpp|geo):/i;
const LENGTH_LIMIT = 4_000;

/** What stands behind the text of a link: ` <URL>`; nothing where the text says it already, or it leads nowhere from here. */
export function linkTarget(href: string | undefined, text: string): string {
  const target = targetOf(href);
  if (target === undefined || text === '' || isSame(target, text)) return '';
  return ` <${target}>`;
}

function targetOf(href: string | undefined): string | undefined {
  const target = (href ?? '').trim().replace(/[\s<>"\p{Cc}\ufdd0-\ufdef]/gu, (character) => encodeURIComponent(character));
  if (!SCHEMES.test(target) || target.length > LENGTH_LIMIT) return undefined;
  return /^mailto:[^?]*$/i.test(target) ? target.slice('mailto:'.length) : target;
}

function isSame(target: string, text: string): boolean {
  return bare(target) === bare(text);
}

/** The scheme of a web address and the slash at its end are seldom written. */
function bare(url: string): string {
  return url.trim().replace(/^<|>$/g, '').toLowerCase().replace(/^(?:https?:\/\/(?:www\.)?|mailto:|tel:|www\.)/, '').replace(/\/$/, '');
}
