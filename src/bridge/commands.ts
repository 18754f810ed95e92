/** All commands of the gateway. */
import { formatBareJid } from '../address.js';
import type { Commands } from '../edge.js';
import type { Command } from './command.js';
import { CommandTable } from './command-table.js';
import { originalCommand, type OriginalParts } from './command/original.js';
import { settingsCommands } from './command/settings.js';
import { isAllowed, type AccessRules } from './policy.js';
import type { Preferences } from './preferences.js';

export interface CommandParts extends OriginalParts {
  readonly rules: AccessRules;
  readonly preferences: Preferences;
  /** Those of the gateway's further parts. */
  readonly more?: readonly Command[];
}

export function createCommands(parts: CommandParts): Commands {
  const { rules, preferences } = parts;
  const admins = new Set(rules.admins.map((admin) => formatBareJid(admin)));
  return new CommandTable({
    commands: [...settingsCommands(preferences), originalCommand(parts), ...(parts.more ?? [])],
    introduction: introduction(rules.gateway.domain),
    // Who is shut out has no code sent either.
    isUser: (user) => isAllowed(user, rules) && !rules.isBlocked(user),
    isAdmin: (user) => admins.has(formatBareJid(user)),
  });
}

function introduction(domain: string): readonly string[] {
  return [
    `This is the mail gateway ${domain}.`,
    `To write a mail, write to name%example.org@${domain} (that is name@example.org); the answer comes back there.`,
    `To write to several, name them as XEP-0033 addresses in a message to ${domain}. In a conversation, /all before an answer sends it and the later ones to everybody addressed; /one ends that.`,
  ];
}
