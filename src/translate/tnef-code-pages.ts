/** Windows' numbers of charsets (MS-UCODEREF 2.2.1). */

const NAMES: Readonly<Record<number, string>> = {
  874: 'windows-874',
  932: 'shift_jis',
  936: 'gb18030',
  949: 'euc-kr',
  950: 'big5',
  20866: 'koi8-r',
  21866: 'koi8-u',
  50220: 'iso-2022-jp',
  51932: 'euc-jp',
  51949: 'euc-kr',
  54936: 'gb18030',
  65001: 'utf-8',
};

/** Empty for one that says nothing. */
export function codePageName(page: number | undefined): string {
  if (page === undefined) return '';
  if (page >= 1250 && page <= 1258) return `windows-${page}`;
  if (page > 28590 && page < 28606) return `iso-8859-${page - 28590}`;
  return NAMES[page] ?? '';
}
