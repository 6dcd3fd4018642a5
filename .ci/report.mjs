// Opens each page in headless Chromium. usage: report.mjs FOLDER [PAGE...]    with pages/ and shots/ in the folder
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { AxeBuilder } from "@axe-core/playwright";
import { chromium } from "playwright-core";

const LARGEST_WITHOUT_DATA = 500_000;
const folder = process.argv[2];
const only = process.argv.slice(3);
const isWanted = (name) => name.endsWith(".html") && (only.length === 0 || only.includes(name));
const pages = readdirSync(join(folder, "pages")).filter(isWanted).sort();
const found = [];
const expect = (holds, page, what) => holds || found.push(`${page}: ${what}`);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });

async function opened(name, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const where = `${name} ${options.viewport?.width ?? ""} ${options.colorScheme ?? ""}`;
  page.on("console", (message) => expect(false, where, `console: ${message.text()}`));
  page.on("pageerror", (error) => expect(false, where, `error: ${error.message}`));
  const url = pathToFileURL(join(folder, "pages", name)).href;
  page.on("request", (request) => expect(request.url() === url, where, `asks for ${request.url()}`));
  await page.goto(url);
  if (options.javaScriptEnabled !== false) await page.waitForFunction(() => !document.querySelector(".drawing:empty"));
  return page;
}

// The rules of axe hold at both schemes and at a narrow and a wide page, each once: they take most of the time.
const RULES_AT = { light: 360, dark: 1280 };

async function check(name) {
  const html = readFileSync(join(folder, "pages", name), "utf8");
  const data = html.match(/<script type="application\/json" id="data">(.*)<\/script>/)[1];
  expect(html.length - data.length < LARGEST_WITHOUT_DATA, name, `${html.length - data.length} bytes without its data`);
  expect(!/https?:\/\/(?!(www\.w3\.org|127\.0\.0\.1))/.test(html.replace(data, "").replace(/<script>[\s\S]*?<\/script>/, "")), name, "has addresses");
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [360, 1280, 2560]) {
      const page = await opened(name, { viewport: { width, height: 900 }, colorScheme });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow <= 0, name, `${overflow} px too wide at ${width}`);
      const { violations } = width === RULES_AT[colorScheme] ? await new AxeBuilder({ page }).analyze() : { violations: [] };
      for (const { id, help, nodes } of violations) {
        expect(false, `${name} ${width} ${colorScheme}`, `axe ${id}: ${help}: ${nodes.slice(0, 2).map((node) => node.html.slice(0, 200)).join(" ")}`);
      }
      const shot = join(folder, "shots", `${name.replace(".html", "")}-${width}-${colorScheme}.png`);
      await page.screenshot({ path: shot, fullPage: true });
      if (width === 1280 && colorScheme === "dark") {
        // The first of the details opens by keyboard, and shows the command.
        await page.locator("details summary").first().focus();
        await page.keyboard.press("Enter");
        expect(await page.locator("details[open] .command").first().isVisible(), name, "details do not open by keyboard");
        const pdf = await page.pdf({ format: "A4" });
        expect(pdf.length > 20_000, name, "prints nothing");
      }
      expect(await page.evaluate(() => globalThis.hacked === undefined), name, "a name was run");
      if (name.startsWith("hostile")) {
        const text = await page.locator("main").innerText();
        expect(text.includes("</script><script>"), name, "a hostile name is not shown");
        expect(!/[\u202e\u001b]/.test(text), name, "a hostile name is obeyed");
      }
      if (name.startsWith("far")) {
        expect((await page.locator("main").innerText()).includes("far from these is not drawn: 2087-"), name, "one event far off is not told apart");
      }
      await page.context().close();
    }
  }
  const page = await opened(name, { javaScriptEnabled: false });
  expect((await page.locator("noscript h1").first().innerText()).length > 5, name, "says nothing without scripts");
  await page.context().close();
}

// Two pages at a time, on two cores.
const waiting = pages.values();
const work = async () => {
  for (const name of waiting) await check(name);
};
await Promise.all([work(), work()]);
await browser.close();
for (const line of found) console.error(line);
console.log(`${pages.length} pages, ${pages.reduce((sum, name) => sum + statSync(join(folder, "pages", name)).size, 0)} bytes, ${found.length} findings`);
process.exit(found.length > 0 ? 1 : 0);
