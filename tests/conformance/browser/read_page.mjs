// Opens reports in Chromium, chooses filters, and prints as JSON what stands on the page.
//
//     node read_page.mjs MODULES BROWSER JOB
//
// MODULES holds node_modules; JOB is a file: {page, choices, empty, previews, hostile, screenshots}.

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
async function open(file, options = {}, fragment = "") {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
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
    if (request.url().split("#")[0] !== address && !request.url().startsWith("data:")) {
      strange.push(`request: ${request.url()}`);
    }
  });
  await page.goto(address + fragment, { waitUntil: "load" });
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

/** Each sentence: its variants with their conditions, which of them are shown, and the text that stands there. */
const sentences = (page) =>
  page.$$eval(".sentence", (all) =>
    all.map((sentence) => ({
      variants: [...sentence.children].map((each) => [each.dataset.measure ?? null, Number(each.dataset.below ?? "NaN"), !each.hidden]),
      text: [...sentence.children].filter((each) => !each.hidden).map((each) => each.textContent).join("|"),
    })),
  );

/** What else follows the choice. */
const rest = (page) =>
  page.evaluate(() => ({
    most: [...document.querySelectorAll("[data-most]")].map((name) => [name.dataset.most, name.textContent]),
    questions: [...document.querySelectorAll("[data-question]")].map((code) => [code.dataset.question, code.textContent]),
    fragment: [...new URLSearchParams(location.hash.slice(1))],
    shown: document.getElementById("shown").textContent,
    nothing: document.getElementById("nothing").checkVisibility() ? document.getElementById("nothing").textContent : "",
    charts: document.getElementById("charts").checkVisibility(),
  }));

const reading = async (page) => ({ cells: await cells(page), sentences: await sentences(page), ...(await rest(page)) });

/** Chooses as a reader does, with clicks on boxes; what isn't named is set to nothing. */
async function choose(page, choice) {
  const toggled = await page.$$eval(
    "#filters input",
    (boxes, wanted) => boxes.filter((box) => box.checked !== (wanted[box.name] ?? []).includes(box.value)).map((box) => [box.name, box.value]),
    choice,
  );
  for (const [name, value] of toggled) {
    const filter = page.locator(`.filter[data-dimension=${name}]`);
    if (!(await filter.evaluate((details) => details.open))) {
      await filter.locator("summary").click();
    }
    await filter.getByLabel(value, { exact: true }).click();
  }
}

/** Bars whose length or text is not the number of their cell. */
const wrongBars = (page) =>
  page.evaluate(() => {
    const wrong = [];
    for (const figure of document.querySelectorAll("[data-chart=stack], [data-chart=share], [data-chart=bars], [data-chart=columns]")) {
      const kind = figure.dataset.chart;
      const counted = kind === "share" ? "slices" : "patients";
      const cell = (row, diagnosis) =>
        figure.querySelector(
          `tr[data-group="${CSS.escape(row)}"] [data-figure=${counted}]${diagnosis ? `[data-diagnosis="${CSS.escape(diagnosis)}"]` : ":not([data-diagnosis])"}`,
        );
      const traces = figure.querySelector(".drawing").data.filter((trace) => trace.type === "bar");
      const wholes = {};
      for (const trace of traces) {
        trace.y.forEach((name, at) => (wholes[name] = (wholes[name] ?? 0) + (trace.customdata ?? trace.x)[at]));
      }
      for (const trace of traces) {
        trace.y.forEach((name, at) => {
          const shown = { bars: () => figure.querySelector(`tr[data-group="${CSS.escape(name)}"] [data-figure=patients]`), columns: () => cell(trace.name, name) }[kind];
          const found = (shown ?? (() => cell(name, trace.name)))();
          const value = Number(found.dataset.value);
          const length = trace.customdata ? (value / wholes[name]) * 100 : value;
          const text = trace.customdata ? `${(Math.round((value / wholes[name]) * 1000) / 10).toFixed(1)} %` : found.textContent;
          if (Math.abs(length - trace.x[at]) > 1e-9 || (kind !== "bars" && trace.text[at] !== (value > 0 ? text : ""))) {
            wrong.push(`${figure.id} ${name} ${trace.name}: ${trace.x[at]} ${trace.text[at]}, not ${found.dataset.value}`);
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
  const focus = () => page.evaluate(() => document.activeElement.closest("[data-dimension]")?.dataset.dimension ?? document.activeElement.tagName.toLowerCase());
  const reached = new Set();
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press("Tab");
    reached.add(await focus());
  }
  for (const name of ["country", "sex", "diagnosis", "split", "source", "button", "summary", "a"]) {
    if (!reached.has(name)) {
      wrong.push(`Tab doesn't reach ${name}`);
    }
  }
  const before = await page.textContent("#shown");
  await page.focus(".filter[data-dimension=sex] summary");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  if ((await page.textContent("#shown")) === before) {
    wrong.push("the space bar on a value changes nothing");
  }
  await page.keyboard.press("Escape");
  if (await page.$eval(".filter[data-dimension=sex]", (details) => details.open)) {
    wrong.push("Escape doesn't close a filter");
  }
  await page.focus("details.numbers summary");
  await page.keyboard.press("Enter");
  if (!(await page.$eval("details.numbers", (details) => details.open))) {
    wrong.push("Enter doesn't open a table");
  }
  return wrong;
}

/** The pictures: their captions and boxes, and that one opens and closes. */
async function pictures(page) {
  const read = await page.$$eval(".previews figure", (figures) =>
    figures.map((figure) => ({
      caption: Object.fromEntries([...figure.querySelectorAll("[data-caption]")].map((part) => [part.dataset.caption, part.textContent])),
      text: figure.querySelector("figcaption").innerText,
      diagnosis: figure.dataset.diagnosis,
      source: figure.dataset.source,
      size: figure.querySelector("svg")?.getAttribute("viewBox") ?? null,
      rectangle: ["x", "y", "width", "height"].map((name) => Number(figure.querySelector("rect")?.getAttribute(name))),
    })),
  );
  const wrong = [];
  const isOpen = () => page.$eval("#enlarged", (dialog) => dialog.open);
  const caption = await page.locator(".previews figcaption").first().innerText();
  await page.locator("button.picture").first().click();
  const enlarged = page.locator("#enlarged");
  if (!(await isOpen()) || (await enlarged.locator("p").innerText()) !== caption) {
    wrong.push("a click doesn't show a picture with its caption");
  }
  if ((await enlarged.locator("img").boundingBox()).width < 400) {
    wrong.push("an enlarged picture is small");
  }
  await page.keyboard.press("Escape");
  if (await isOpen()) {
    wrong.push("Escape doesn't close the picture");
  }
  await page.locator("button.picture").nth(1).focus();
  await page.keyboard.press("Enter");
  if (!(await isOpen())) {
    wrong.push("Enter doesn't open a picture");
  }
  await page.keyboard.press("Escape");
  return { read, wrong };
}

/** A tooltip of the first bar. */
async function tooltip(page) {
  await page.locator("#split .drawing .bars path").first().hover({ force: true });
  return page.locator("#split .hoverlayer text").first().textContent();
}

/** Cards with more than so many pixels of nothing below their content, or charts not as wide as the others. */
const holes = (page) =>
  page.$$eval("#charts > figure", (figures) => {
    const found = [];
    for (const figure of figures) {
      const { width, left } = figure.getBoundingClientRect();
      if (width !== figures[0].getBoundingClientRect().width || left !== figures[0].getBoundingClientRect().left) {
        found.push(`${figure.id} is not as wide as the first card`);
      }
    }
    return found;
  });

async function screenshots(folder) {
  const size = (width, height) => ({ viewport: { width, height } });
  const address = (choice) => `#${new URLSearchParams(Object.entries(choice).flatMap(([name, chosen]) => chosen.map((value) => [name, value])))}`;
  const looks = [
    ["wide", size(1400, 900), ""],
    ["middle", size(800, 900), ""],
    ["narrow", size(390, 844), ""],
    ["dark", { ...size(1400, 900), colorScheme: "dark" }, ""],
    ["filtered", size(1400, 900), address(job.choices.at(-1))],
    ["empty", size(1400, 900), address(job.empty)],
  ];
  for (const [name, options, fragment] of looks) {
    const { page, context } = await open(job.page, options, fragment);
    await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
    await context.close();
  }
  const { page, context } = await open(job.page);
  await page.pdf({ path: path.join(folder, "print.pdf"), format: "A4" });
  await context.close();
}

const answer = { strange: [], choices: [] };

const { page, strange, context } = await open(job.page);
answer.filters = await page.$eval("#filters", (form) => !form.hidden);
answer.unfiltered = await reading(page);
answer.holes = await holes(page);
answer.found = await found(page);
answer.wrongBars = await wrongBars(page);
answer.tooltip = await tooltip(page);
answer.inaccessible = await inaccessible(page, "light");
for (const [at, choice] of job.choices.entries()) {
  await choose(page, choice);
  answer.choices.push(await reading(page));
  if (at % 10 === 0) {
    answer.wrongBars.push(...(await wrongBars(page)));
  }
}
await page.locator("#filters button[type=reset]").click();
await page.waitForFunction(() => document.getElementById("shown").textContent.endsWith("the whole snapshot"));
answer.reset = await reading(page);
answer.strange.push(...strange);
await context.close();

// The last choice again, by its address.
const fragment = new URLSearchParams(Object.entries(job.choices.at(-1)).flatMap(([name, chosen]) => chosen.map((value) => [name, value])));
const addressed = await open(job.page, {}, `#${fragment}`);
answer.addressed = await reading(addressed.page);
await addressed.page.evaluate(() => (location.hash = ""));
await addressed.page.waitForFunction(() => document.getElementById("shown").textContent.endsWith("the whole snapshot"));
answer.strange.push(...addressed.strange);
await addressed.context.close();

const pictured = await open(job.previews);
answer.pictures = await pictures(pictured.page);
answer.inaccessible.push(...(await inaccessible(pictured.page, "previews")));
answer.strange.push(...pictured.strange);
await pictured.context.close();

const dark = await open(job.page, { colorScheme: "dark" });
answer.inaccessible.push(...(await inaccessible(dark.page, "dark")));
answer.keyboard = await byKeyboard(dark.page);
answer.strange.push(...dark.strange);
await dark.context.close();

const narrow = await open(job.page, { viewport: { width: 390, height: 844 } });
answer.narrow = await narrow.page.evaluate(() => document.documentElement.scrollWidth);
// No text of a finding is cut off, and tables scroll in themselves.
answer.cut = await narrow.page.$$eval(".findings li *, .summary li, .charts h2, #shown", (all) =>
  all.filter((each) => each.getBoundingClientRect().right > innerWidth).map((each) => each.textContent.slice(0, 80)),
);
await narrow.context.close();

const silent = await open(job.page, { javaScriptEnabled: false });
answer.withoutScripts = await silent.page.locator("[data-figure]").allTextContents();
answer.sentencesWithoutScripts = await sentences(silent.page);
answer.visibleWithoutScripts = await silent.page.locator("#country td").first().isVisible();
answer.strange.push(...silent.strange);
await silent.context.close();

const hostile = await open(job.hostile);
answer.hostile = await hostile.page.evaluate(() => ({
  ran: window.hacked !== undefined,
  rows: [...document.querySelectorAll("#source tr[data-group] th")].map((cell) => cell.textContent),
  options: [...document.querySelectorAll("[name=source]")].map((box) => box.parentElement.textContent.trim()),
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
