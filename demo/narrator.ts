/** Tells the audience what happens, and keeps how long each step took. */

export interface Step {
  readonly step: string;
  readonly ms: number;
}

export class Narrator {
  readonly steps: Step[] = [];

  /** Runs one step; prints its name at once and its time at the end. */
  async step<T>(name: string, act: () => Promise<T>): Promise<T> {
    const start = performance.now();
    console.log(`\n▶ ${name} …`);
    const result = await act();
    const ms = Math.round(performance.now() - start);
    this.steps.push({ step: name, ms });
    console.log(`  done in ${ms} ms`);
    return result;
  }

  /** Prints the bytes on the wire, indented. */
  show(title: string, wire: string): void {
    console.log(`\n  ${title}:`);
    for (const line of wire.trimEnd().split(/\r?\n/)) console.log(`  │ ${line}`);
  }

  say(text: string): void {
    console.log(`\n${text}`);
  }
}
