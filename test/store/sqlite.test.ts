import { describe } from 'vitest';
import { storeContract } from './contract.js';
import { openHere } from './files.js';

describe('SQLite', () => storeContract(() => Promise.resolve(openHere().store)));
