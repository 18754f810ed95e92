/**
 * Debian's Firefox and WebKit, by the commands of WebDriver (W3C): Firefox takes them by Marionette, its own framing over TCP, and WebKit by WebKitWebDriver's HTTP.
 * Chromium is playwright's.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimPort } from './ports.js';
import { ServerProcess } from './process.js';
import { accepts } from './wait.js';

export interface WebBrowser {
  /** Resolves when the page has loaded. */
  open(url: string): Promise<void>;
  /** @param expression what JSON can carry, or a promise of it */
  evaluate<T>(expression: string): Promise<T>;
  /** PNG of what is seen. */
  picture(): Promise<Buffer>;
  resize(width: number, height: number): Promise<void>;
  stop(): Promise<void>;
}

/** ms; a cold start beside a busy suite. */
const START_DEADLINE = 45_000;

/** No desktop around them: they would start one, which outlives them. */
const ALONE = { DBUS_SESSION_BUS_ADDRESS: 'disabled:', NO_AT_BRIDGE: '1', GTK_USE_PORTAL: '0', GIO_USE_VFS: 'local', GSETTINGS_BACKEND: 'memory' };

type Send = (method: 'GET' | 'POST', path: string, body?: object) => Promise<unknown>;

function browserOf(send: Send, stop: () => Promise<void>): WebBrowser {
  return {
    stop,
    open: async (url) => void (await send('POST', 'url', { url })),
    evaluate: async <T>(expression: string) => (await send('POST', 'execute/sync', { script: `return (${expression})`, args: [] })) as T,
    picture: async () => Buffer.from(String(await send('GET', 'screenshot')), 'base64'),
    resize: async (width, height) => void (await send('POST', 'window/rect', { width, height })),
  };
}

/** Firefox ESR, without a window. @param prefs of about:config */
export async function startFirefox(prefs: Readonly<Record<string, string | number | boolean>> = {}): Promise<WebBrowser> {
  const profile = await mkdtemp(join(tmpdir(), 'stanzapost-firefox-'));
  const port = await claimPort();
  const all = { 'marionette.port': port, 'browser.shell.checkDefaultBrowser': false, 'datareporting.policy.dataSubmissionEnabled': false, 'app.normandy.enabled': false, 'toolkit.telemetry.enabled': false, 'browser.aboutwelcome.enabled': false, ...prefs };
  await writeFile(join(profile, 'user.js'), Object.entries(all).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`).join(''));
  const process = new ServerProcess({ file: 'firefox-esr', args: ['--headless', '--no-remote', '--marionette', '--profile', profile, 'about:blank'], cwd: profile, env: { ...ALONE, HOME: profile, MOZ_CRASHREPORTER_DISABLE: '1' } });
  await process.waitFor('Firefox listens', () => accepts(port), START_DEADLINE);
  const marionette = await Marionette.connect(port);
  await marionette.command('WebDriver:NewSession', { capabilities: { alwaysMatch: { acceptInsecureCerts: false } } });
  return browserOf((_method, path, body = {}) => marionette.command(COMMANDS[path] ?? path, body), async () => {
    await process.kill();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  });
}

/** What WebDriver's paths are called there. */
const COMMANDS: Readonly<Record<string, string>> = { url: 'WebDriver:Navigate', 'execute/sync': 'WebDriver:ExecuteScript', screenshot: 'WebDriver:TakeScreenshot', 'window/rect': 'WebDriver:SetWindowRect' };

/** `LENGTH:JSON`; a command is [0, id, name, parameters], its answer [1, id, error, result]. */
class Marionette {
  private readonly waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  private text = Buffer.alloc(0);
  private last = 0;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (piece: Buffer) => {
      this.text = Buffer.concat([this.text, piece]);
      while (this.take()) continue;
    });
    socket.on('close', () => this.waiting.forEach(({ reject }) => reject(new Error('Firefox has gone'))));
    socket.on('error', () => undefined);
  }

  static async connect(port: number): Promise<Marionette> {
    const socket = connect(port, '127.0.0.1');
    await new Promise((resolve, reject) => socket.once('data', resolve).once('error', reject));
    return new Marionette(socket);
  }

  async command(name: string, parameters: object): Promise<unknown> {
    const id = ++this.last;
    const command = JSON.stringify([0, id, name, parameters]);
    const answer = new Promise<unknown>((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    this.socket.write(`${Buffer.byteLength(command)}:${command}`);
    return answer;
  }

  private take(): boolean {
    const colon = this.text.indexOf(':');
    const end = colon + 1 + Number(this.text.subarray(0, Math.max(colon, 0)).toString());
    if (colon < 0 || this.text.length < end) return false;
    const [, id, error, result] = JSON.parse(this.text.subarray(colon + 1, end).toString()) as [1, number, { message: string } | null, { value?: unknown } | null];
    this.text = this.text.subarray(end);
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error !== null) waiting?.reject(new Error(error.message));
    else waiting?.resolve(result !== null && 'value' in result ? result.value : result);
    return true;
  }
}

/** WebKitGTK's MiniBrowser, on a display of its own. */
export async function startWebKit(): Promise<WebBrowser> {
  const home = await mkdtemp(join(tmpdir(), 'stanzapost-webkit-'));
  const port = await claimPort();
  const display = `:${port}`;
  const screen = new ServerProcess({ file: 'Xvfb', args: [display, '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], cwd: home });
  const driver = new ServerProcess({ file: 'WebKitWebDriver', args: [`--port=${port}`], cwd: home, env: { ...ALONE, HOME: home, DISPLAY: display, XDG_RUNTIME_DIR: home, LIBGL_ALWAYS_SOFTWARE: '1' } });
  const stop = async (): Promise<void> => {
    await driver.kill();
    await screen.kill();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  };
  await driver.waitFor('WebKitWebDriver listens', () => accepts(port), START_DEADLINE);
  const ask = async (method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:${port}/session${path}`, { method, ...(body && { body: JSON.stringify(body) }) });
    const { value } = (await answer.json()) as { value: unknown };
    if (!answer.ok) throw new Error(`${path}: ${JSON.stringify(value)}\n${driver.output()}\n${screen.output()}`);
    return value;
  };
  const { sessionId } = (await ask('POST', '', { capabilities: {} })) as { sessionId: string };
  return browserOf((method, path, body) => ask(method, `/${sessionId}/${path}`, body), async () => {
    await ask('DELETE', `/${sessionId}`);
    await stop();
  });
}
