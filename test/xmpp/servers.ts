/** Both servers, for `describe.each`. */
import { startEjabberd } from '../servers/ejabberd.js';
import { startProsody } from '../servers/prosody.js';

export const SERVERS = [
  { name: 'prosody', launch: startProsody },
  { name: 'ejabberd', launch: startEjabberd },
] as const;
