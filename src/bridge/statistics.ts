/** Statistics in words, for chat and command line alike. Pure. */
import type { Statistics } from '../store/statistics.js';

/** Since when "today" is: midnight of the machine's time zone. @param now ms since the epoch */
export function midnight(now: number): number {
  return new Date(now).setHours(0, 0, 0, 0);
}

export function statisticsLines({ deliveries, waiting, held, users, registered }: Statistics): readonly string[] {
  const of = (outlet: string, ...states: readonly string[]): number =>
    deliveries.filter((one) => one.outlet === outlet && (states.length === 0 || states.includes(one.state))).reduce((sum, { count }) => sum + count, 0);
  const told = (name: string, outlet: string): string =>
    `${name} today: ${of(outlet)} (${of(outlet, 'handed-over', 'delivered')} delivered, ${of(outlet, 'failed')} failed, ${of(outlet, 'waiting')} waiting)`;
  return [told('To chat', 'xmpp'), told('To mail', 'smtp'), `Waiting in all: ${waiting}, ${held} of them held: for people who are away, or are asked whether they want it`, `Chat users known: ${users}, registered: ${registered}`];
}
