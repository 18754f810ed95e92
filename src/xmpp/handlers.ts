/** The table of the requests we serve, put together from what serves them. */
import { block, blocklist, unblock } from './block-list.js';
import { discoInfo, discoItems } from './disco.js';
import { gatewayPrompt, gatewayTranslate } from './gateway-query.js';
import { pubsubItems } from './pubsub.js';
import { lastActivity, time, version } from './queries.js';
import { handlerKey, type Handler, type Handlers } from './responder.js';
import { contactOnly, targetOf, type Served, type TargetHandler } from './target.js';
import { vcard4, vcardTemp } from './vcard.js';
import { NS } from './xml.js';

/** Builds the table once. */
export function handlersFor(served: Served): Handlers {
  const to = (handler: TargetHandler): Handler => (request) => {
    const target = targetOf(request.to, served.gateway);
    return 'condition' in target ? target : handler(request, target, served);
  };
  return new Map<string, Handler>([
    [handlerKey('get', 'query', NS.info), to(discoInfo)],
    [handlerKey('get', 'query', NS.items), to(discoItems)],
    [handlerKey('get', 'query', NS.gateway), to(contactOnly(false, gatewayPrompt))],
    [handlerKey('set', 'query', NS.gateway), to(contactOnly(false, gatewayTranslate))],
    [handlerKey('get', 'query', NS.register), to(contactOnly(false, (request) => served.desk.show(request)))],
    [handlerKey('set', 'query', NS.register), to(contactOnly(false, (request) => served.desk.take(request)))],
    [handlerKey('set', 'command', NS.commands), to(contactOnly(false, (request) => served.adhoc.take(request)))],
    [handlerKey('get', 'query', NS.version), to(contactOnly(false, version))],
    [handlerKey('get', 'ping', NS.ping), to(() => undefined)],
    [handlerKey('get', 'query', NS.last), to(lastActivity)],
    [handlerKey('get', 'time', NS.time), to(contactOnly(false, time))],
    [handlerKey('get', 'pubsub', NS.pubsub), to(pubsubItems)],
    [handlerKey('get', 'vCard', NS.vcard), to(vcardTemp)],
    [handlerKey('get', 'vcard', NS.vcard4), to(vcard4)],
    [handlerKey('set', 'block', NS.blocking), to((request, target) => block(served.blockList, request, target))],
    [handlerKey('set', 'unblock', NS.blocking), to((request, target) => unblock(served.blockList, request, target))],
    [handlerKey('get', 'blocklist', NS.blocking), to(contactOnly(false, (request) => blocklist(served.blockList, request)))],
  ]);
}
