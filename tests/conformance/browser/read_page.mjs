// Opens reports in Chromium, chooses filters, and prints as JSON what stands on the page.
//
//     node read_page.mjs MODULES BROWSER JOB
//
// MODULES holds node_modules; JOB is a file: {page, choices, hostile, screenshots}.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import path from "node:path";

const [modules, browserPath, jobPath] = process.argv.slice(2);
const require = createRequire(path.join(modules, "package.json"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const job = JSON.parse(readFileSync(jobPath, "utf8"));

const browser = await chromium.launch({
  executablePath: browserPath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});

/** A page that notes what should not happen. */
async function open(file, options = {}) {
  const { wait, ...rest } = options;
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...rest });
  const page = await context.newPage();
  const strange = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) {
      strange.push(`console: ${message.text()}`);
    }
  });
  page.on("pageerror", (error) => strange.push(`error: ${error}`));
  page.on("dialog", (dialog) => {
    strange.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  const address = pathToFileURL(file).href;
  page.on("request", (request) => {
    if (request.url() !== address && !request.url().startsWith("data:")) {
      strange.push(`request: ${request.url()}`);
    }
  });
  await page.goto(address, { waitUntil: "load" });
  return { page, strange, context };
}

/** Every number: its measure, what it is of, its value, how it is written. */
const cells = (page) =>
  page.$$eval("[data-figure]", (all) =>
    all.map((cell) => {
      const { figure, unit, value, ...pins } = cell.dataset;
      return [figure, pins, value, cell.textContent, unit];
    }),
  );

const found = (page) =>
  page.$$eval("[data-found]", (all) => all.map((cell) => [cell.dataset.found, cell.dataset.rule, cell.textContent]));

/** Chooses as a reader does; what isn't named is set to All. */
async function choose(page, choice) {
  for (const name of ["country", "sex", "diagnosis", "split", "source"]) {
    const select = page.locator(`select[name=${name}]`);
    const value = choice[name] === undefined ? { index: 0 } : { label: choice[name] };
    await select.selectOption(value);
  }
}

/** Bars whose length is not the number of their cell. */
const wrongBars = (page) =>
  page.evaluate(() => {
    const wrong = [];
    for (const figure of document.querySelectorAll("[data-chart=stack], [data-chart=share], [data-chart=bars]")) {
      const counted = document.querySelector("[name=counted]:checked").value;
      for (const trace of figure.querySelector(".drawing").data) {
        const diagnosis = figure.dataset.chart === "bars" ? "" : `[data-diagnosis="${CSS.escape(trace.name)}"]`;
        trace.y.forEach((name, at) => {
          const cell = figure.querySelector(`tr[data-group="${CSS.escape(name)}"] [data-figure=${counted}]${diagnosis}`);
          if (Number(cell.dataset.value) !== trace.x[at]) {
            wrong.push(`${figure.id} ${name} ${trace.name}: ${trace.x[at]}, not ${cell.dataset.value}`);
          }
        });
      }
    }
    return wrong;
  });

/** What axe finds, as text. */
async function inaccessible(page, where) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run());
  return violations.map((each) => `${where}: ${each.id}: ${each.help}: ${each.nodes[0].html.slice(0, 200)}`);
}

/** Uses nothing but the keyboard; gives back what went wrong. */
async function byKeyboard(page) {
  const wrong = [];
  const focus = () => page.evaluate(() => document.activeElement.name || document.activeElement.tagName.toLowerCase());
  const reached = new Set();
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press("Tab");
    reached.add(await focus());
  }
  for (const name of ["country", "sex", "diagnosis", "split", "source", "counted", "button", "summary", "a"]) {
    if (!reached.has(name)) {
      wrong.push(`Tab doesn't reach ${name}`);
    }
  }
  const before = await page.textContent("#shown");
  await page.focus("select[name=country]");
  await page.keyboard.press("ArrowDown");
  if ((await page.textContent("#shown")) === before) {
    wrong.push("an arrow key in a filter changes nothing");
  }
  await page.focus("summary");
  await page.keyboard.press("Enter");
  if (!(await page.$eval("details", (details) => details.open))) {
    wrong.push("Enter doesn't open a table");
  }
  return wrong;
}

/** A tooltip of the first bar. */
async function tooltip(page) {
  await page.locator("#split .drawing .bars path").first().hover({ force: true });
  return page.locator("#split .hoverlayer text").first().textContent();
}

async function screenshots(folder) {
  const looks = [
    ["wide", { viewport: { width: 1280, height: 900 } }],
    ["narrow", { viewport: { width: 390, height: 844 } }],
    ["dark", { viewport: { width: 1280, height: 900 }, colorScheme: "dark" }],
  ];
  for (const [name, options] of looks) {
    const { page, context } = await open(job.page, options);
    await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
    await page.screenshot({ path: path.join(folder, `${name}-top.png`) });
    await context.close();
  }
  const { page, context } = await open(job.page);
  await page.pdf({ path: path.join(folder, "print.pdf"), format: "A4" });
  await context.close();
}

const answer = { strange: [], choices: [] };

const { page, strange, context } = await open(job.page);
answer.filters = await page.$eval("#filters", (form) => !form.hidden);
answer.unfiltered = await cells(page);
answer.found = await found(page);
answer.wrongBars = await wrongBars(page);
answer.tooltip = await tooltip(page);
answer.inaccessible = await inaccessible(page, "light");
for (const [at, choice] of job.choices.entries()) {
  await choose(page, choice);
  const questions = await page.$$eval("[data-question]", (all) => all.map((code) => [code.dataset.question, code.textContent]));
  answer.choices.push({ cells: await cells(page), questions });
  if (at % 10 === 0) {
    await page.locator("[name=counted]").nth((at / 10) % 2).check();
    answer.wrongBars.push(...(await wrongBars(page)));
  }
}
await page.locator("button[type=reset]").click();
await page.waitForFunction(() => document.getElementById("shown").textContent.endsWith("the whole snapshot"));
answer.reset = await cells(page);
answer.strange.push(...strange);
await context.close();

const dark = await open(job.page, { colorScheme: "dark" });
answer.inaccessible.push(...(await inaccessible(dark.page, "dark")));
answer.keyboard = await byKeyboard(dark.page);
answer.strange.push(...dark.strange);
await dark.context.close();

const narrow = await open(job.page, { viewport: { width: 390, height: 844 } });
answer.narrow = await narrow.page.evaluate(() => document.documentElement.scrollWidth);
await narrow.context.close();

const silent = await open(job.page, { javaScriptEnabled: false });
answer.withoutScripts = await silent.page.locator("[data-figure]").allTextContents();
answer.visibleWithoutScripts = await silent.page.locator("#country td").first().isVisible();
answer.strange.push(...silent.strange);
await silent.context.close();

const hostile = await open(job.hostile);
answer.hostile = await hostile.page.evaluate(() => ({
  ran: window.hacked !== undefined,
  rows: [...document.querySelectorAll("#source tr[data-group] th")].map((cell) => cell.textContent),
  options: [...document.querySelectorAll("[name=source] option")].map((option) => option.textContent),
  ticks: [...document.querySelectorAll("#source .ytick text")].map((text) => text.textContent.trim()),
  elements: document.querySelectorAll("main script, main img:not(.previews img)").length,
}));
answer.strange.push(...hostile.strange.map((line) => `hostile page: ${line}`));
await hostile.context.close();

if (job.screenshots) {
  await screenshots(job.screenshots);
}
await browser.close();
process.stdout.write(JSON.stringify(answer));
