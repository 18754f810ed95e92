/** Builds the lines of a text as a browser would break them: white space collapsed, blocks on lines of their own. */
import { marked, markOf, type LineMark } from './line-marks.js';

export class Lines {
  private readonly lines: string[] = [];
  private current = '';
  /** Of the current line; asking the line itself would take longer with each piece. */
  private endsInSpace = true;
  private mark: LineMark = '';
  private wantsBlank = false;

  /** Adds to the current line. White space is one space, none at the start of a line. */
  text(text: string, mark: LineMark): void {
    const collapsed = text.replace(/[ \t\n\r\f]+/g, ' ');
    const added = this.endsInSpace && collapsed.startsWith(' ') ? collapsed.slice(1) : collapsed;
    if (added !== '') this.raw(added, mark);
  }

  /** Adds to the current line as it stands; no line break in it. */
  raw(text: string, mark: LineMark): void {
    if (this.current === '') this.mark = mark;
    this.current += text;
    this.endsInSpace = this.current === '' || text.endsWith(' ');
  }

  /** A line break: on an empty line it makes a blank one. */
  break(): void {
    this.push(marked(this.current, this.mark));
    this.clear();
  }

  /** The border of a block; `blank`: with a blank line between it and what comes. */
  border(blank: boolean): void {
    if (this.current.trim() !== '') this.break();
    else if (this.current !== '') this.blankLine();
    this.wantsBlank ||= blank;
  }

  /** Adds lines that are ready, as a block. */
  block(lines: readonly string[], blank: boolean): void {
    this.border(blank);
    const [first, ...rest] = lines;
    if (first !== undefined) this.push(first);
    for (const line of rest) this.lines.push(line);
    this.wantsBlank ||= blank;
  }

  /** Ends with the last line; no blank lines around. */
  done(): string[] {
    if (this.current.trim() !== '') this.break();
    let start = 0;
    let end = this.lines.length;
    while (start < end && this.lines[start]?.trim() === '') start++;
    while (end > start && this.lines[end - 1]?.trim() === '') end--;
    return this.lines.slice(start, end);
  }

  private clear(): void {
    this.current = '';
    this.endsInSpace = true;
  }

  private push(line: string): void {
    const isBlank = line.trim() === '' && markOf(line) === '';
    const last = this.lines.at(-1);
    if (this.wantsBlank && last !== undefined && last !== '' && !isBlank) this.lines.push('');
    if (!isBlank || last !== '') this.lines.push(isBlank ? '' : line.trimEnd());
    this.wantsBlank = false;
  }

  /** A paragraph of nothing but a no-break space is how some programs write an empty line. */
  private blankLine(): void {
    const isMeant = this.current.includes('\u00a0');
    this.clear();
    if (isMeant) this.push('');
  }
}
