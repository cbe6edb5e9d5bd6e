// The reference page as a reader meets it. Usage:
//
//   node docs_page.mjs clickable ORIGIN TOKEN SLOT-ID SLOT-NAME SLOT-START
//       both documents, and a sale through each by "Try it out"; prints the tickets' numbers
//   node docs_page.mjs plain ORIGIN
//       prints the routes that the page lists: METHOD ADDRESS, one a line
//
// Exit status 1, with reasons on stderr, when the page does anything that it must not.
import { Browser } from './browser.mjs';

const [kind, origin, token, slotId, slotName, slotStart] = process.argv.slice(2);

const find = (path, method) => `[...document.querySelectorAll('.opblock')].find((block) =>
  block.querySelector('.opblock-summary-path, .opblock-summary-path__deprecated')?.dataset.path ===
    ${JSON.stringify(path)} && block.classList.contains('opblock-${method}'))`;

async function choose(browser, url, path) {
  await browser.type('.topbar select', url);
  await browser.until(`${find(path, 'post')} !== undefined`);
}

async function authorize(browser) {
  await browser.click('.auth-wrapper .authorize');
  await browser.type('.modal-ux .auth-container input', token);
  await browser.click('.modal-ux .auth-btn-wrapper .authorize');
  await browser.until(`document.querySelector('.modal-ux .auth-container input') === null`);
  await browser.click('.modal-ux .btn-done');
}

// Opens an operation's form; marks its block so that selectors find it.
async function tryOut(browser, path) {
  await browser.ask(`(() => {
    document.querySelectorAll('#tried').forEach((block) => { block.id = ''; });
    const block = ${find(path, 'post')};
    block.scrollIntoView();
    block.querySelector('.opblock-summary-control').click();
  })()`);
  await browser.until(`${find(path, 'post')}.querySelector('.try-out__btn') !== null`);
  await browser.ask(`${find(path, 'post')}.id = 'tried'`);
  await browser.click('#tried .try-out__btn');
  await browser.until(`document.querySelector('#tried .execute') !== null`);
}

// Presses Execute; the status and body that the page shows.
async function execute(browser) {
  await browser.click('#tried .execute');
  await browser.until(`document.querySelector('#tried .live-responses-table .response') !== null`);
  return browser.ask(`(() => {
    const row = document.querySelector('#tried .live-responses-table .response');
    return { status: row.querySelector('.response-col_status').innerText.trim().slice(0, 3),
             body: row.querySelector('.response-col_description').innerText };
  })()`);
}

function ticketOf({ status, body }) {
  const ticket = /TKT[0-9A-Z]{10}/.exec(body);
  if (!/^20[01]$/.test(status) || !ticket) {
    throw new Error(`no ticket was sold: ${status} ${body}`);
  }
  return ticket[0];
}

async function sellThroughV1(browser) {
  await choose(browser, '/v1/openapi.json', '/v1/tickets');
  if (token) {
    await authorize(browser);
  }
  await tryOut(browser, '/v1/tickets');
  await browser.type('#tried textarea', JSON.stringify({ slotId: Number(slotId), numTickets: 1 }));
  return ticketOf(await execute(browser));
}

async function sellThroughReplaced(browser) {
  const values = {
    userName: 'Ada Lovelace', userPhoneNumber: '+4915112345678', movieName: slotName,
    movieStartTime: slotStart, numTickets: '1',
  };
  await choose(browser, '/openapi.json', '/bookTicket');
  if (token) {
    await authorize(browser);
  }
  await tryOut(browser, '/bookTicket');
  for (const [name, value] of Object.entries(values)) {
    await browser.type(`#tried tr[data-param-name="${name}"] input`, value);
  }
  return ticketOf(await execute(browser));
}

async function clickable(browser) {
  await browser.go('/docs');
  await browser.until(`document.querySelectorAll('.opblock').length > 0`);
  // on a loopback address Swagger UI would not ask its validator anyway
  if (!await browser.ask('ui.getConfigs().validatorUrl === null')) {
    throw new Error('the page would send documents to a validator');
  }
  console.log(await sellThroughV1(browser));
  console.log(await sellThroughReplaced(browser));
}

async function plain(browser) {
  await browser.go('/docs');
  await browser.until(`document.documentElement.dataset.done === 'yes'`);
  console.log(await browser.ask(
    `[...document.querySelectorAll('section h3')].map((head) => head.innerText).join('\\n')`));
}

const browser = await Browser.open(origin);
try {
  await (kind === 'plain' ? plain : clickable)(browser);
} catch (error) {
  browser.faults.push(String(error.stack));
}
await browser.close();
if (browser.faults.length) {
  console.error(browser.faults.join('\n'));
  process.exit(1);
}
