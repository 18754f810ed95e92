/** Every row of the bench, in the order of the table, and what is left out until its feature is built. */
import type { Row } from './row.js';
import { chatToMail } from './rows/chat-to-mail.js';
import { filesToChat } from './rows/files-to-chat.js';
import { filesToMail } from './rows/files-to-mail.js';
import { growth } from './rows/growth.js';
import { latency } from './rows/latency.js';
import { mailToChat } from './rows/mail-to-chat.js';
import { newConnection } from './rows/new-connection.js';
import { peers } from './rows/peers.js';
import { sizes } from './rows/sizes.js';
import { web } from './rows/web.js';
import { webStreams } from './rows/web-streams.js';

export const ROWS: readonly Row[] = [...mailToChat, chatToMail, newConnection, latency, ...sizes, filesToMail, filesToChat, growth, web, webStreams, ...peers];

export const LEFT_OUT: readonly string[] = [
  'drain of 100,000 held messages when 10,000 users come online: joins with the offline queue',
];
