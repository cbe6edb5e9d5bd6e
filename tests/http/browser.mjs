// A browser without a screen, by the DevTools protocol over pipes: no packages needed.
//
// What a page must not do is gathered while it does it: console errors, exceptions, violations of
// its content security policy, requests to another origin.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FLAGS = [
  '--headless=new', '--no-sandbox', '--remote-debugging-pipe', '--disable-gpu',
  '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-extensions', '--window-size=1200,2400',
  'about:blank',
];

export class Browser {
  #next = 1;
  #calls = new Map();
  #rest = '';
  #session;
  faults = [];

  static async open(origin, program = process.env.CHROMIUM || 'chromium') {
    const browser = new Browser();
    browser.origin = origin;
    browser.folder = mkdtempSync(join(tmpdir(), 'ticketly-browser.'));
    browser.process = spawn(program, [`--user-data-dir=${browser.folder}`, ...FLAGS], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
      env: { ...process.env, HOME: browser.folder },
    });
    browser.ended = new Promise((resolve) => {
      browser.process.once('error', (error) => resolve(browser.#fail(error)));
      browser.process.once('exit', () => resolve(browser.#fail(new Error('the browser ended'))));
    });
    browser.process.stdio[4].on('data', (bytes) => browser.#take(bytes));
    browser.process.stdio[3].on('error', () => {});
    try {
      await browser.#start();
    } catch (error) {
      await browser.close();
      throw error;
    }
    return browser;
  }

  async close() {
    await this.call('Browser.close').catch(() => {});
    await this.ended;
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #fail(error) {
    this.dead = error;
    this.#calls.forEach(({ reject }) => reject(error));
  }

  // Messages are JSON texts, each ended by a NUL.
  #take(bytes) {
    const texts = (this.#rest + bytes.toString('latin1')).split('\0');
    this.#rest = texts.pop();
    for (const text of texts) {
      const message = JSON.parse(Buffer.from(text, 'latin1').toString());
      if (message.id) {
        const call = this.#calls.get(message.id);
        this.#calls.delete(message.id);
        message.error ? call.reject(new Error(message.error.message)) : call.resolve(message.result);
      } else {
        this.#see(message.method, message.params);
      }
    }
  }

  call(method, params = {}) {
    const id = this.#next++;
    const text = JSON.stringify({ id, method, params, sessionId: this.#session });
    return new Promise((resolve, reject) => {
      if (this.dead) {
        reject(this.dead);
        return;
      }
      this.#calls.set(id, { resolve, reject });
      this.process.stdio[3].write(text + '\0');
    });
  }

  #see(method, params) {
    if (method === 'Runtime.exceptionThrown') {
      const details = params.exceptionDetails;
      this.faults.push('exception: ' + (details.exception?.description || details.text));
    } else if (method === 'Runtime.consoleAPICalled' && ['error', 'assert'].includes(params.type)) {
      this.faults.push('console: ' + params.args.map((a) => a.value ?? a.description).join(' '));
    } else if (method === 'Log.entryAdded' && params.entry.level === 'error') {
      this.faults.push(`log: ${params.entry.text} ${params.entry.url || ''}`);
    } else if (method === 'Audits.issueAdded' && params.issue.details.contentSecurityPolicyIssueDetails) {
      this.faults.push('policy: ' + JSON.stringify(params.issue.details));
    } else if (method === 'Network.requestWillBeSent') {
      const url = new URL(params.request.url);
      if (url.protocol !== 'data:' && url.protocol !== 'blob:' && url.origin !== this.origin) {
        this.faults.push('request to another origin: ' + params.request.url);
      }
    }
  }

  async #start() {
    const { targetId } = await this.call('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.call('Target.attachToTarget', { targetId, flatten: true });
    this.#session = sessionId;
    for (const domain of ['Page', 'Runtime', 'Log', 'Network', 'Audits']) {
      await this.call(domain + '.enable');
    }
  }

  async go(path) {
    await this.call('Page.navigate', { url: this.origin + path });
  }

  // The value of an expression in the page; promises are awaited.
  async ask(expression) {
    const { result, exceptionDetails } = await this.call('Runtime.evaluate', {
      expression, awaitPromise: true, returnByValue: true,
    });
    if (exceptionDetails) {
      throw new Error(exceptionDetails.exception?.description || exceptionDetails.text);
    }
    return result.value;
  }

  // Waits until the expression is true in the page, and gives its value.
  async until(expression, ms = 20000) {
    const end = Date.now() + ms;
    for (;;) {
      const value = await this.ask(`(() => { try { return ${expression}; } catch { return null; } })()`);
      if (value) {
        return value;
      }
      if (Date.now() > end) {
        throw new Error('this did not come true: ' + expression);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async click(selector) {
    await this.until(`document.querySelector(${JSON.stringify(selector)}) !== null`);
    await this.ask(`document.querySelector(${JSON.stringify(selector)}).click()`);
  }

  // Types as a person would, and goes on to the next field: what listens for input hears of both.
  async type(selector, text) {
    await this.until(`document.querySelector(${JSON.stringify(selector)}) !== null`);
    await this.ask(`(() => {
      const field = document.querySelector(${JSON.stringify(selector)});
      const place = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), 'value');
      place.set.call(field, ${JSON.stringify(text)});
      field.dispatchEvent(new Event(field.tagName === 'SELECT' ? 'change' : 'input', { bubbles: true }));
      field.dispatchEvent(new FocusEvent('focusout', { bubbles: true }));
    })()`);
  }
}
