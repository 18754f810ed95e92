/** What a badge's query asks for. What is not understood is as if it was not there: a picture is shown all the same. Pure. */
import { BADGE_STYLES, LONGEST_LABEL, THEMES, type BadgeOptions } from './badge.js';
import { codeOf, ENGLISH, languageOf } from './language.js';
import { shownText } from './words.js';

/** @param query as it stands behind the `?`, of any length */
export function badgeOptions(query: string): BadgeOptions {
  const asked = new URLSearchParams(query.slice(0, 2_000));
  const style = BADGE_STYLES.find((one) => one === asked.get('style')) ?? 'flat';
  const label = style === 'flat' ? asked.get('label') : null;
  const language = languageOf(asked.get('lang') ?? '');
  return {
    style,
    theme: THEMES.find((theme) => theme === asked.get('theme')) ?? 'auto',
    ...(language !== undefined && language !== ENGLISH && { language }),
    ...(label !== null && { label: shownText(label, LONGEST_LABEL) ?? '' }),
  };
}

/** As it stands behind the address of a badge; empty when all is as usual. */
export function badgeQuery({ style, theme, label, language = ENGLISH }: BadgeOptions): string {
  const asked = new URLSearchParams();
  if (style !== 'flat') asked.set('style', style);
  if (theme !== 'auto') asked.set('theme', theme);
  if (style === 'flat' && label !== undefined && label !== language.label) asked.set('label', label);
  if (language !== ENGLISH) asked.set('lang', codeOf(language));
  return asked.size === 0 ? '' : `?${asked.toString()}`;
}
