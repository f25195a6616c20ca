// Opens every page of a folder in Debian's Chromium, from disk, and uses one of each kind as a reader would: sorts, filters,
// changes layer and theme, opens evidence, prints; no request but for the page itself, nothing in the console, no violation that
// axe-core knows.   node check.mjs FOLDER [FOLDER FOR PICTURES]
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];
const WIDTHS = [1440, 390];
const PAINT_MS = 1000;

const folder = resolve(process.argv[2]);
const pictures = process.argv[3];
const names = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".html")).sort();
const problems = [];
let page;
let current = "";

const problem = (text) => problems.push(`${current}: ${text}`);
const expect = (holds, text) => holds || problem(text);
const kindOf = (name) => name.split("/").pop().replace(/[-.].*/, "");

function watch(opened) {
  opened.on("console", (message) => ["error", "warning"].includes(message.type()) && problem(`console: ${message.text()}`));
  opened.on("pageerror", (error) => problem(`script: ${error.message}`));
  opened.on("request", (request) => request.url().startsWith("file:") || problem(`asks for ${request.url()}`));
}

// What a table shows in a column, hidden rows left out.
const column = (table, at) => table.evaluate((element, place) =>
  [...element.tBodies[0].rows].filter((row) => !row.hidden).map((row) => row.cells[place].dataset.v ?? row.cells[place].innerText), at);

async function sorts(table) {
  const heading = table.locator("th[data-num]:has(button)").first();
  if (!(await heading.count())) return;
  const at = Number(await heading.getAttribute("data-col"));
  const before = await column(table, at);
  const button = heading.locator("button");
  await button.focus();
  await page.keyboard.press("Enter");
  expect(await heading.getAttribute("aria-sort") === "descending", "a column of numbers is not sorted downwards at first");
  const numbers = (await column(table, at)).map(Number).filter((value) => !Number.isNaN(value));
  expect(numbers.every((value, place) => place === 0 || numbers[place - 1] >= value), "sorted rows are out of order");
  await button.click();
  expect(await heading.getAttribute("aria-sort") === "ascending", "a second click does not turn the order");
  await button.click();
  expect(JSON.stringify(await column(table, at)) === JSON.stringify(before), "a third click does not bring the first order back");
}

async function filters() {
  const controls = page.locator(".controls:has(.count)").first();
  if (!(await controls.count())) return;
  const count = controls.locator(".count");
  const whole = await count.innerText();
  await controls.locator("input").fill("no such words anywhere");
  expect((await count.innerText()).startsWith("0 of "), "words that no row has leave rows");
  await controls.locator("input").fill("");
  expect(await count.innerText() === whole, "an emptied filter does not show all rows");
  for (const label of ["Rep", "Stage", "Amount", "Warning"]) {
    const select = controls.getByLabel(label, { exact: true });
    if (!(await select.count())) continue;
    await select.selectOption({ index: 1 });
    const shown = Number((await count.innerText()).split(" ")[0]);
    expect(shown > 0 && shown < Number(whole.split(" ")[0]), `choosing by ${label} shows ${shown} rows`);
    await select.selectOption({ index: 0 });
  }
}

// Two columns side by side, chosen by a reader.
async function picks() {
  const table = page.locator("table[data-pick]").first();
  if (!(await table.count())) return;
  const shown = () => table.locator("thead th:visible").count();
  const all = await shown();
  await page.getByLabel("Compare", { exact: true }).selectOption({ index: 1 });
  await page.getByLabel("with", { exact: true }).selectOption({ index: 2 });
  expect(await shown() === 3, "choosing two columns does not show two");
  await page.getByLabel("with", { exact: true }).selectOption({ index: 0 });
  expect(await shown() === all, "all columns do not come back");
}

async function layers() {
  const select = page.locator(".controls").getByLabel("Show", { exact: true });
  if (!(await select.count())) return;
  const first = await page.locator("td.cell").allInnerTexts();
  const layers = await select.locator("option").count();
  expect(layers === 4, `the heat map has ${layers} layers`);
  for (let layer = 1; layer < layers; layer += 1) {
    await select.selectOption({ index: layer });
    expect(JSON.stringify(await page.locator("td.cell").allInnerTexts()) !== JSON.stringify(first), `layer ${layer} shows the first`);
  }
  await select.selectOption({ index: 0 });
  expect(JSON.stringify(await page.locator("td.cell").allInnerTexts()) === JSON.stringify(first), "the first layer does not come back");
}

async function evidence() {
  const details = page.locator("details").first();
  if (!(await details.count())) return;
  await details.locator("summary").first().click();
  expect(await details.locator("figure.quote, table").first().isVisible(), "what a summary opens is not seen");
}

async function themes() {
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const button = page.locator("button.theme");
  const seen = [];
  for (let step = 0; step < 3; step += 1) {
    await button.click();
    seen.push(await paper());
  }
  expect(seen[0] !== seen[1], "light and dark look alike");
  await button.click();
  await page.reload();
  expect((await button.innerText()) === "Theme: light", "the theme is not remembered");
  await button.click();
  await button.click();
}

// A link within the set leads to a page that is there.
async function links(address) {
  const link = page.locator("main a[href$='.html']").first();
  if (!(await link.count())) return;
  await link.click();
  expect(page.url() !== address && (await page.locator("h1").count()) === 1, "a link leads nowhere");
}

async function accessible(look) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  for (const { id, nodes } of violations) problem(`axe, ${look}: ${id} (${nodes.length}), as at ${nodes[0].html.slice(0, 160)}`);
}

async function prints() {
  for (const format of ["A4", "Letter"]) {
    const pdf = await page.pdf({ format, preferCSSPageSize: false, printBackground: true });
    expect(pdf.subarray(0, 5).toString() === "%PDF-" && pdf.length > 5000, `printing on ${format} gives ${pdf.length} bytes`);
  }
}

async function paintTime() {
  return page.evaluate(() => new Promise((resolve) => {
    new PerformanceObserver((list) => {
      const paint = list.getEntriesByName("first-contentful-paint")[0];
      if (paint) resolve(paint.startTime);
    }).observe({ type: "paint", buffered: true });
  }));
}

async function used(address, kind) {
  for (const width of WIDTHS) {
    for (const colorScheme of ["light", "dark"]) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      await page.goto(address);
      await accessible(`${width} px, ${colorScheme}`);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow <= 0, `at ${width} px the page is ${overflow} px too wide`);
      if (pictures) await page.screenshot({ path: join(pictures, `${kind}-${width}-${colorScheme}.png`), fullPage: width === 1440 });
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(address);
  for (const table of await page.locator("table:visible").all()) await sorts(table);
  await filters();
  await picks();
  await layers();
  await evidence();
  await themes();
  await prints();
  await links(address);
}

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
page = await (await browser.newContext()).newPage();
watch(page);
const seen = new Set();
let slowest = 0;
for (const name of names) {
  current = name;
  const address = pathToFileURL(join(folder, name)).href;
  await page.goto(address);
  const paint = await paintTime();
  slowest = Math.max(slowest, paint);
  expect(paint < PAINT_MS, `first paint after ${Math.round(paint)} ms`);
  expect((await page.locator("h1").innerText()).length > 0, "no heading");
  expect(await page.locator("button.theme").count() === 1, "the script did not run");
  if (seen.has(kindOf(name))) continue;
  seen.add(kindOf(name));
  await used(address, kindOf(name)).catch((error) => problem(error.message));
}
await browser.close();
for (const text of problems) console.error(text);
console.log(`${names.length} pages opened, of each kind (${[...seen].join(", ")}) one used; slowest first paint ${Math.round(slowest)} ms`);
process.exit(problems.length || !names.length ? 1 : 0);
