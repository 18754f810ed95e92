/** The ways of today, same work, same run: chat → mail from inside Prosody, and mail → chat by a process for each mail. */
import type { Row } from '../row.js';
import { SERVERS } from '../row.js';
import { chatToMail } from './peers-chat-to-mail.js';
import { mailToChat } from './peers-mail-to-chat.js';

export const peers: readonly Row[] = [
  { id: 'peers-chat-to-mail', title: "chat → mail, against mod_offline_email's way", quick: false, servers: ['prosody'], run: chatToMail },
  { id: 'peers-mail-to-chat', title: 'mail → chat, against Postfix pipes into go-sendxmpp and sendxmpp', quick: false, servers: SERVERS, run: mailToChat },
];
