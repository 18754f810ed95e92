/** The sign of somebody whose picture is not shown: a letter on a colour. Pure. */

/** Each dark enough for white letters (WCAG 1.4.3). */
export const HUES = ['#a43e37', '#98551b', '#206f47', '#1d6b72', '#3662a1', '#6249ab', '#8d4294', '#a1366b'] as const;

/** The same colour for the same text: a number below 8. @param of what the asker knows anyway */
export function hueOf(of: string): number {
  let sum = 0;
  for (let i = 0; i < of.length; i++) sum = (sum * 31 + of.charCodeAt(i)) % 4_096;
  return sum % HUES.length;
}

/** The first letter or digit; `?` where there is none. */
export function initialOf(name: string): string {
  return (/[\p{L}\p{N}]/u.exec(name)?.[0] ?? '?').toLocaleUpperCase('en');
}
