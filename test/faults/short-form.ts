/** The short form of a row as tests: one for each of its servers, which prints the table and wants every goal met. */
import { describe, expect, it } from 'vitest';
import { meets, table } from '../../bench/figure.js';
import { runTurn, turnsOf, type Row } from '../../faults/row.js';

const DEADLINE_MS = 120_000;

/** @param row its figures must all meet their goals */
export function shortForm(row: Row): void {
  describe(row.title, () => {
    it.each(turnsOf(row).map((turn) => [turn.server ?? 'by itself', turn] as const))('%s', async (_server, turn) => {
      const said: string[] = [];
      const figures = await runTurn(turn, { long: false, say: (text) => said.push(text) });
      const printed = table(figures);
      console.log(printed);
      expect(figures.length).toBeGreaterThan(0);
      expect(figures.filter((figure) => !meets(figure)).map(({ name, value }) => `${name}: ${value}`), `${said.join('\n')}\n${printed}`).toEqual([]);
    }, DEADLINE_MS);
  });
}
