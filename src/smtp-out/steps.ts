/** The steps of a session: how long the relay may take at each, and whose trouble a refusal there is. */
import type { Stage } from './fault.js';

/** What was said to the relay, and is to be answered. */
export type Step = 'sender' | 'recipient' | 'data' | 'message' | 'nothing' | 'reset' | 'quit';

/** RFC 5321 §4.5.3.2, ms. `block`: until the relay takes more of a message. */
export const PATIENCE: Record<Step | 'block', number> = {
  sender: 300_000,
  recipient: 300_000,
  data: 120_000,
  block: 180_000,
  message: 600_000,
  nothing: 5_000,
  reset: 5_000,
  quit: 2_000,
};

/** Where a refusal there leaves a message; steps that are no message's have none. */
export const STAGES: Partial<Record<Step, Stage>> = { sender: 'sender', recipient: 'recipient', data: 'data', message: 'message' };
