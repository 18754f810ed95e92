/** What every engine of the store must do. Each engine's test file calls `storeContract` with its own opener. */
import type { Store } from '../../src/store/store.js';
import { accountContract } from './accounts.js';
import { attendanceContract } from './attendance.js';
import { bindingContract } from './bindings.js';
import { burstNames } from './burst-names.js';
import { gatheringContract } from './gathering.js';
import { holdingContract } from './holding.js';
import { publishingContract } from './publishing.js';
import { laneContract } from './lanes.js';
import { repeatContract } from './repeats.js';
import { settlementContract } from './settlements.js';
import { conversationContract } from './conversations.js';
import { administrationContract } from './administration.js';
import { keepingContract } from './keeping.js';
import { peopleContract } from './people.js';

/** A new empty store that is closed when the test ends. */
export type OpenStore = () => Promise<Store>;

export function storeContract(open: OpenStore): void {
  laneContract(open);
  gatheringContract(open);
  holdingContract(open);
  attendanceContract(open);
  accountContract(open);
  repeatContract(open);
  settlementContract(open);
  conversationContract(open);
  administrationContract(open);
  peopleContract(open);
  keepingContract(open);
  burstNames(open);
  bindingContract(open);
  publishingContract(open);
}
