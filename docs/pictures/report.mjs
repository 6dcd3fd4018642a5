// Takes pictures of the top of a report, light and dark. usage: report.mjs PAGE FOLDER
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [file, folder] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
for (const colorScheme of ["light", "dark"]) {
  const page = await browser.newPage({ viewport: { width: 1100, height: 1000 }, colorScheme });
  await page.goto(pathToFileURL(file).href);
  await page.waitForFunction(() => !document.querySelector(".drawing:empty"));
  await page.screenshot({ path: join(folder, `report-${colorScheme}.png`) });
}
await browser.close();
