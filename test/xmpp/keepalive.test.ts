import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KeepAlive } from '../../src/xmpp/keepalive.js';

const TIMES = { idle: 1_000, deadline: 500 };

describe('the keep-alive', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** A link that answers each ping after `delay` ms, or never. */
  function watch(delay: number | undefined) {
    const link = {
      lastInput: Date.now(), paused: false, pings: 0, died: 0,
      ping() {
        this.pings++;
        if (delay === 0) this.lastInput = Date.now();
        else if (delay !== undefined) setTimeout(() => (this.lastInput = Date.now()), delay);
      },
      dead() {
        this.died++;
      },
    };
    const keepAlive = new KeepAlive(TIMES, Date.now, link);
    keepAlive.start();
    return { link, keepAlive };
  }

  it.each([0, 1, 400])('takes an answer after %i ms for life', (delay) => {
    const { link, keepAlive } = watch(delay);
    vi.advanceTimersByTime(60_000);
    keepAlive.stop();
    expect(link.pings).toBeGreaterThan(20);
    expect(link.died).toBe(0);
  });

  it('takes silence for death', () => {
    const { link, keepAlive } = watch(undefined);
    vi.advanceTimersByTime(2_000);
    keepAlive.stop();
    expect(link.pings).toBe(1);
    expect(link.died).toBeGreaterThan(0);
  });

  it('asks nothing while we do not read', () => {
    const { link, keepAlive } = watch(undefined);
    link.paused = true;
    vi.advanceTimersByTime(60_000);
    keepAlive.stop();
    expect(link).toMatchObject({ pings: 0, died: 0 });
  });
});
