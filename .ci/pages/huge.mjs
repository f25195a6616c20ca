// Opens the largest pages of a folder in Debian's Chromium, from disk, and tells how long a reader waits: for the first paint,
// for a sorted column, for a filter.   node huge.mjs FOLDER
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const PAGES = ["deals.html", "team.html", "index.html", "scorecard-1.html"];
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];
const PAINT_MS = 1000;

const folder = resolve(process.argv[2]);
const problems = [];
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
const page = await (await browser.newContext()).newPage();
page.on("pageerror", (error) => problems.push(`script: ${error.message}`));
page.on("request", (request) => request.url().startsWith("file:") || problems.push(`asks for ${request.url()}`));

const firstPaint = () => page.evaluate(() => new Promise((resolve) => {
  new PerformanceObserver((list) => {
    const paint = list.getEntriesByName("first-contentful-paint")[0];
    if (paint) resolve(paint.startTime);
  }).observe({ type: "paint", buffered: true });
}));

// From the event to the next frame.
const timed = (action) => page.evaluate(async (name) => {
  const start = performance.now();
  if (name === "sort") document.querySelector("th[data-num] button.sort").click();
  else {
    const search = document.querySelector("input[type=search]");
    search.value = "1234";
    search.dispatchEvent(new Event("input"));
  }
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - start;
}, action);

for (const name of PAGES) {
  await page.goto(pathToFileURL(join(folder, name)).href);
  const paint = await firstPaint();
  const told = [`first paint ${Math.round(paint)} ms`];
  if (paint >= PAINT_MS) problems.push(`${name}: first paint after ${Math.round(paint)} ms`);
  for (const action of ["sort", "filter"]) {
    const wanted = action === "sort" ? "th[data-num] button.sort" : "input[type=search]";
    if (await page.locator(wanted).count()) told.push(`${action} ${Math.round(await timed(action))} ms`);
  }
  const rows = await page.locator("tbody tr").count();
  console.log(`${name}: ${rows} rows, ${told.join(", ")}`);
}
await browser.close();
for (const text of problems) console.error(text);
process.exit(problems.length ? 1 : 0);
