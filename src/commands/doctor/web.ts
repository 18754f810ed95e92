/** The pages behind links: does the public address lead to the gateway? */
import { good, problem, skipped, type Examine } from './finding.js';

const PART = 'links';
/** What src/web/site.ts answers to it, and hardly another server. */
const ROBOTS = 'User-agent: *\nDisallow: /\n';
const MEND = 'let your web server pass web.public_url on to web.listen; docs/operation.md has examples';

export const examineWeb: Examine = async ({ config: { web }, running, timeoutMs }) => {
  const { public_url: publicUrl } = web;
  if (publicUrl === undefined) return [skipped(PART, 'none are made: web.listen and web.public_url are not set')];
  if (!running) return [skipped(PART, `${publicUrl} is asked while a gateway is running`)];
  try {
    const response = await fetch(`${publicUrl}/robots.txt`, { signal: AbortSignal.timeout(timeoutMs), redirect: 'manual' });
    const ours = response.status === 200 && (await response.text()) === ROBOTS;
    return [ours ? good(PART, `${publicUrl} leads to the gateway`) : problem(PART, `${publicUrl} is answered by something else (status ${response.status})`, MEND)];
  } catch (error) {
    const { message, cause } = error as Error;
    return [problem(PART, `${publicUrl} cannot be reached from here: ${cause instanceof Error ? cause.message : message}`, MEND)];
  }
};
