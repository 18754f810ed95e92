/** The filter that mail is shown to: is it rspamd, and does it answer? */
import { rspamdOptions } from '../../config/edges.js';
import { ask } from '../../smtp-in/rspamd-request.js';
import { good, problem, type Examine } from './finding.js';

const PART = 'rspamd';
const MEND = 'start rspamd, or correct smtp_in.rspamd: the address of its normal worker (rspamadm configdump worker shows bind_socket)';

export const examineRspamd: Examine = async ({ config, timeoutMs }) => {
  const options = rspamdOptions(config);
  if (options === undefined) return [];
  const { to } = options;
  try {
    const { status, server, body } = await ask({ to, method: 'GET', path: '/ping', within: timeoutMs });
    if (status === 200 && body.trim() === 'pong') return [good(PART, `${to} answers${server === '' ? '' : ` (${server.slice(0, 60)})`}`)];
    return [problem(PART, `${to} is something else (status ${status}): mail is taken unchecked`, MEND)];
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    return [problem(PART, `${to} does not answer (${code ?? message}): mail is taken unchecked`, MEND)];
  }
};
