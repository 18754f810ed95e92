/** What an administrator has switched or asked for, for the gateway and for the commands beside it. */
import type { Db } from './open.js';

/** Looked at together. */
const MOST = 1_000;

/** What an administrator has switched, by name; plain JSON. Outlives a restart. */
export interface SwitchStore {
  /** Undefined when it was never set. */
  switchOf(name: string): Promise<unknown>;
  setSwitch(name: string, value: unknown): Promise<void>;
  /** Another number than the last time when another process has changed the store since. */
  changesBeside(): Promise<number>;
  /** Names and values of those whose name begins so, in order, 1,000 at most. */
  switchesFrom(prefix: string): Promise<readonly (readonly [string, unknown])[]>;
  unsetSwitch(name: string): Promise<void>;
}

interface Row {
  readonly name: string;
  readonly json: string;
}

export function switchOperations(db: Db) {
  const find = db.prepare<[string], string>('SELECT json FROM switches WHERE name = ?').pluck();
  const beginning = db.prepare<[string, string], Row>(`SELECT name, json FROM switches WHERE name >= ? AND name < ? || char(1114111) ORDER BY name LIMIT ${MOST}`);
  const put = db.prepare<[string, string]>('INSERT OR REPLACE INTO switches (name, json) VALUES (?, ?)');
  const remove = db.prepare<[string]>('DELETE FROM switches WHERE name = ?');
  return {
    /** Another number than the last time when another process has committed since. Kept by SQLite for each connection. */
    changesBeside: (): number => db.pragma('data_version', { simple: true }) as number,
    /** Undefined when it was never set. */
    switchOf: (name: string): unknown => {
      const json = find.get(name);
      return json === undefined ? undefined : JSON.parse(json);
    },
    /** Names and values of those whose name begins so, in order, 1,000 at most. */
    switchesFrom: (prefix: string): (readonly [string, unknown])[] => beginning.all(prefix, prefix).map(({ name, json }) => [name, JSON.parse(json)]),
    /** @param value plain JSON */
    setSwitch: (name: string, value: unknown): void => void put.run(name, JSON.stringify(value)),
    unsetSwitch: (name: string): void => void remove.run(name),
  };
}
