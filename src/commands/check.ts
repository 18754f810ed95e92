/** `stanzapost check`: reads the configuration and says all that is wrong with it, without connecting to anything. */
import { loadConfig } from '../config/load.js';
import { configPath, CONFIG_OPTION, CONFIG_USAGE, problemLines, type Command } from './command.js';

export const check: Command = {
  summary: 'read the configuration and say what is wrong with it',
  usage: `\n${CONFIG_USAGE}`,
  options: CONFIG_OPTION,
  run(args, io) {
    const path = configPath(args);
    const loaded = loadConfig(path, io.env);
    for (const line of problemLines(path, loaded)) io.out(line);
    if (loaded.config === undefined) return Promise.resolve(1);
    const warnings = loaded.problems.length;
    io.out(`${path}: good${warnings === 0 ? '' : `, with ${warnings} warning${warnings === 1 ? '' : 's'}`}`);
    return Promise.resolve(0);
  },
};
