/** The component block that the administrator pastes into the XMPP server's configuration. */
import { formatSocketAddress, type SocketAddress } from '../config/units.js';

export interface BlockFacts {
  readonly domain: string;
  readonly secret: string;
  readonly service: SocketAddress;
}

const USUAL_PORT = 5347;

/** JSON's quoting is also Lua's and YAML's, for a text without control characters. */
const quote = (text: string): string => JSON.stringify(text);

/** Prosody 0.12: the block, and the line about the port when it is not the usual one. */
function prosodyBlock({ domain, secret, service }: BlockFacts): string {
  const port = service.port === USUAL_PORT ? [] : [`-- at the top of the file:`, `component_ports = { ${service.port} }`, ''];
  return [
    ...port,
    `Component ${quote(domain)}`,
    `\tcomponent_secret = ${quote(secret)}`,
    '\tname = "E-mail"',
    '',
    '-- in the block of the upload service (http_file_share), to which the gateway is one user:',
    '-- http_file_share_daily_quota = 4 * 1024 * 1024 * 1024',
    `-- and ${quote(domain)} in http_file_share_access, where you have set it`,
    '',
    '-- optional, XEP-0356: the gateway sees who is online and puts those who write into rosters, without asking each user.',
    '-- modules_enabled = { "privilege" } in the block above, and below the line VirtualHost of your users:',
    '-- modules_enabled = { "privilege" }',
    `-- privileged_entities = { [${quote(domain)}] = { roster = "both", presence = "managed_entity" } }`,
  ].join('\n');
}

/** ejabberd: an entry of `listen`. */
function ejabberdBlock({ domain, secret, service }: BlockFacts): string {
  return [
    '  -',
    `    port: ${service.port}`,
    '    ip: "127.0.0.1"',
    '    module: ejabberd_service',
    '    hosts:',
    `      ${quote(domain)}:`,
    `        password: ${quote(secret)}`,
    '',
    '  # The upload service must allow the gateway. In the sections of these names:',
    '  # acl:',
    `  #   stanzapost: { server: ${quote(domain)} }`,
    '  # access_rules:',
    '  #   upload: [ allow: local, allow: stanzapost ]',
    '  # modules:',
    '  #   mod_http_upload: { access: upload }',
    '  # Optional, XEP-0356: the gateway sees who is online without asking each user. In access_rules and modules:',
    '  #   stanzapost: [ allow: stanzapost ]',
    '  #   mod_privilege: { roster: { both: stanzapost }, presence: { managed_entity: stanzapost } }',
  ].join('\n');
}

/** Both, with where to paste them. */
export function serverBlocks(facts: BlockFacts): string {
  return [
    `The gateway will connect to ${formatSocketAddress(facts.service)}. Paste ONE of these into your XMPP server's configuration:`,
    '',
    'Prosody: at the END of /etc/prosody/prosody.cfg.lua, then `systemctl restart prosody`',
    '',
    prosodyBlock(facts),
    '',
    'ejabberd: under `listen:` in /etc/ejabberd/ejabberd.yml, then `systemctl restart ejabberd`',
    '',
    ejabberdBlock(facts),
    '',
  ].join('\n');
}
