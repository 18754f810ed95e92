/** What `stanzapost doctor` found about one part. */
import type { Config } from '../../config/keys.js';

export interface Finding {
  readonly part: string;
  readonly state: 'good' | 'warning' | 'problem' | 'skipped';
  readonly text: string;
  /** What to do about it. */
  readonly mend?: string;
}

export interface DoctorContext {
  readonly config: Config;
  /** A gateway with this configuration runs: leave its link and its ports alone. */
  readonly running: boolean;
  /** ms since the epoch. */
  readonly now: number;
  /** What any one check may take, ms. */
  readonly timeoutMs: number;
}

export type Examine = (context: DoctorContext) => Promise<readonly Finding[]>;

export const good = (part: string, text: string): Finding => ({ part, state: 'good', text });
export const skipped = (part: string, text: string): Finding => ({ part, state: 'skipped', text });
export const warn = (part: string, text: string, mend?: string): Finding => ({ part, state: 'warning', text, ...(mend !== undefined && { mend }) });
export const problem = (part: string, text: string, mend: string): Finding => ({ part, state: 'problem', text, mend });
