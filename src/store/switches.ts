/** What an administrator has switched, for the gateway and for the commands beside it. */
import type { Db } from './open.js';

export function switchOperations(db: Db) {
  const find = db.prepare<[string], string>('SELECT json FROM switches WHERE name = ?').pluck();
  const put = db.prepare<[string, string]>('INSERT OR REPLACE INTO switches (name, json) VALUES (?, ?)');
  return {
    /** Another number than the last time when another process has committed since. Kept by SQLite for each connection. */
    changesBeside: (): number => db.pragma('data_version', { simple: true }) as number,
    /** Undefined when it was never set. */
    switchOf: (name: string): unknown => {
      const json = find.get(name);
      return json === undefined ? undefined : JSON.parse(json);
    },
    /** @param value plain JSON */
    setSwitch: (name: string, value: unknown): void => void put.run(name, JSON.stringify(value)),
  };
}
