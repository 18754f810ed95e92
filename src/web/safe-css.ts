/** What a style attribute of a mail may say: how its own text looks, and nothing that fetches, covers or moves. Pure. */

/** Nothing here places an element over others, and none of the values may name a URL. */
const PROPERTIES = new RegExp(
  `^(?:${[
    'color|background(?:-color)?|opacity',
    'font(?:-(?:family|size|style|weight|variant|stretch))?|line-height|letter-spacing|word-spacing',
    'text-(?:align|decoration(?:-(?:line|style|color))?|transform|indent|overflow)|vertical-align|white-space|word-break|word-wrap|overflow-wrap|direction',
    'border(?:-(?:top|right|bottom|left))?(?:-(?:width|style|color))?|border-(?:collapse|spacing|radius)|border-(?:top|bottom)-(?:left|right)-radius',
    '(?:padding|margin)(?:-(?:top|right|bottom|left))?',
    '(?:min-|max-)?(?:width|height)|box-sizing|overflow(?:-[xy])?',
    'display|float|clear|table-layout|caption-side|empty-cells|list-style(?:-(?:type|position))?',
  ].join('|')})$`,
);
/** No backslash (an escape could spell anything), comment, brace, `@` or `<`. */
const VALUE = /^[\w\s#.,%()+'"!/-]{1,300}$/;
const FUNCTION = /([\w-]*)\s*\(/g;
const FUNCTIONS = new Set(['rgb', 'rgba', 'hsl', 'hsla', 'calc']);
const COLOURS = /^(?:color|background|bgcolor)/;
const LONGEST_STYLE = 10_000;

/** Whether this property or attribute gives the mail colours of its own. */
export function isColour(name: string): boolean {
  return COLOURS.test(name);
}

/** The declarations of a style attribute that are safe; may be empty. */
export function safeStyle(style: string): string {
  return style.slice(0, LONGEST_STYLE).split(';').flatMap(safeDeclaration).join(';');
}

function safeDeclaration(declaration: string): string[] {
  const colon = declaration.indexOf(':');
  const name = declaration.slice(0, Math.max(colon, 0)).trim().toLowerCase();
  const value = declaration.slice(colon + 1).trim();
  if (!PROPERTIES.test(name) || !VALUE.test(value) || value.includes('/*') || !isBalanced(value)) return [];
  for (const [, called = ''] of value.matchAll(FUNCTION)) if (!FUNCTIONS.has(called.toLowerCase())) return [];
  return [`${name}:${value}`];
}

function isBalanced(value: string): boolean {
  return ['"', "'"].every((quote) => value.split(quote).length % 2 === 1) && value.split('(').length === value.split(')').length;
}
