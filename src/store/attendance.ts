/** Operations of the engine on who sees whom: contacts of users, users whose presence is seen, and contacts that appear by themselves. */
import type { Subscription } from '../edge.js';
import { IntroductionTable } from './introductions.js';
import type { Db } from './open.js';
import { Subscribers } from './subscribers.js';
import { Watched } from './watched.js';

export function attendanceOperations(db: Db) {
  const subscribers = new Subscribers(db);
  const watched = new Watched(db);
  const introductions = new IntroductionTable(db);
  return {
    subscriptions: subscribers.page.bind(subscribers),
    subscribersOf: subscribers.of.bind(subscribers),
    addSubscription: subscribers.add.bind(subscribers),
    removeSubscription: (subscription: Subscription) => {
      introductions.removed(subscription, subscribers.remove(subscription));
    },
    introduce: introductions.introduce.bind(introductions),
    introduced: introductions.introduced.bind(introductions),
    waitingIntroductions: introductions.waitingIntroductions.bind(introductions),
    watchedUsers: watched.all.bind(watched),
    watch: watched.watch.bind(watched),
    unwatch: watched.unwatch.bind(watched),
  };
}
