// Reports in a browser. Usage: node report.mjs CHROMIUM FOLDER
// FOLDER has plain.html, names.html, alone.html and folded.html, and the fronts that they are made from in folders of these names.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [executablePath, folder] = process.argv.slice(2);
const profile = await mkdtemp(join(tmpdir(), "cleave-report-"));
const context = await chromium.launchPersistentContext(profile, {
  executablePath,
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
  ],
});
const front = async (name) => JSON.parse(await readFile(join(folder, name, "front.json"), "utf8"));

/** Opens a report and waits until it is drawn; everything that happens on the page is kept. */
const open = async (name, { width = 1280, colorScheme = "light" } = {}) => {
  const page = await context.newPage();
  const seen = { page, requests: [], answered: [], messages: [], dialogs: 0 };
  page.on("request", (request) => seen.requests.push(request.url()));
  page.on("requestfinished", (request) => seen.answered.push(request.url()));
  page.on("console", (message) => seen.messages.push(message.text()));
  page.on("pageerror", (error) => seen.messages.push(error.message));
  page.on("dialog", (dialog) => {
    ++seen.dialogs;
    dialog.dismiss();
  });
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize({ width, height: 900 });
  await page.goto(pathToFileURL(join(folder, `${name}.html`)).href);
  await page.waitForSelector("body[data-ready]");
  return seen;
};

/** What must hold of every page: one request, of the file itself, and not a word in the console. */
const quiet = async ({ page, requests, messages, dialogs }, name) => {
  assert.deepEqual(requests, [pathToFileURL(join(folder, `${name}.html`)).href]);
  assert.deepEqual(messages, []);
  assert.equal(dialogs, 0);
  await page.close();
};

const checks = {
  async "points are found, a tooltip is read, a point is picked"() {
    const expected = await front("plain");
    const seen = await open("plain");
    const { page } = seen;
    assert.ok(expected.front.length > 2);
    const symbols = page.locator("#front-chart path[aria-roledescription='point']");
    const dominated = await page.evaluate(() => JSON.parse(document.getElementById("data").textContent).dominated.length);
    assert.ok(dominated > 0);
    assert.equal(await symbols.count(), expected.front.length + 1 + dominated);
    const intervals = page.locator("#front-chart .mark-rule.role-mark line");
    assert.equal(await intervals.count(), 2 * expected.front.length);
    assert.equal(await page.locator("tr[data-point]").count(), expected.front.length + 1);

    // The last point of the front, by its place on the page.
    const last = expected.front.at(-1);
    assert.notEqual(last.id, expected.selected.knee);
    const symbol = page.locator(`#front-chart path[aria-label*='${last.id}']`);
    await symbol.hover();
    const tooltip = page.locator("#vg-tooltip-element.visible");
    await tooltip.waitFor();
    const text = await tooltip.innerText();
    assert.match(text, new RegExp(`${last.id} \\(min energy\\)`));
    assert.ok(text.includes(`${(1e3 * last.latency_s).toFixed(2)} ms`), text);
    assert.ok(text.includes(`${(1e3 * last.energy_j).toFixed(1)} mJ`), text);

    await symbol.click();
    await page.waitForSelector(`body[data-picked='${expected.front.length}']`);
    assert.match(await page.locator("#point-title").innerText(), new RegExp(last.id));
    assert.equal(await page.locator("tr.picked").getAttribute("data-point"), last.id);
    assert.equal(await page.locator("#modules .layer").count(), last.modules.reduce((sum, module) => sum + module.layers.length, 0));
    const count = (device) => last.modules.flatMap((module) => module.layers).filter((layer) => layer.device === device).length;
    for (const device of ["gpu", "fpga", "split"]) {
      assert.equal(await page.locator(`#modules .layer.${device}`).count(), count(device), device);
    }
    for (const id of ["schedule", "devices", "modules", "times", "link"]) {
      assert.ok((await page.locator(`#${id}-chart .mark-rect path`).count()) > 0, id);
    }
    assert.match(await page.locator("#resources").innerText(), new RegExp(last.resources.alm.toLocaleString("en-US")));
    // dhm-csd may use 85 % of the 80,330 ALM.
    assert.match(await page.locator("#resources").innerText(), /; 68,280 can be used/);
    const [track, limit] = [await page.locator("#resources .track").first().boundingBox(), await page.locator("#resources b").boundingBox()];
    assert.ok(Math.abs((limit.x + 1 - track.x) / track.width - 0.85) < 0.01);

    // By the keyboard and by the table, too.
    await page.locator("#picker").selectOption("0");
    await page.waitForSelector("body[data-picked='0']");
    assert.equal(await page.locator("#point-title").innerText(), "GPU only");
    assert.ok(await page.locator("#link-part").isHidden());
    await page.locator("tr[data-point]").nth(1).click();
    await page.waitForSelector("body[data-picked='1']");

    await page.locator("#intervals").uncheck();
    await page.waitForFunction(() => document.querySelectorAll("#front-chart .mark-rule.role-mark line").length === 0);
    await quiet(seen, "plain");
  },

  async "a page fits its window and follows the colour scheme"() {
    const backgrounds = new Set();
    for (const width of [1280, 400]) {
      for (const colorScheme of ["light", "dark"]) {
        const seen = await open("plain", { width, colorScheme });
        assert.equal(await seen.page.evaluate(() => document.documentElement.scrollWidth), width);
        for (const chart of await seen.page.locator(".chart svg").all()) {
          const box = await chart.boundingBox();
          assert.ok(box.width > 200 && box.x >= 0 && box.x + box.width <= width, `${width}: ${JSON.stringify(box)}`);
        }
        backgrounds.add(await seen.page.evaluate(() => getComputedStyle(document.body).backgroundColor));
        assert.ok(await seen.page.locator(".static").first().isHidden());
        await quiet(seen, "plain");
      }
    }
    assert.equal(backgrounds.size, 2);
  },

  async "a front that dominates nothing is drawn"() {
    const expected = await front("alone");
    const seen = await open("alone");
    const { page } = seen;
    assert.equal(await page.evaluate(() => JSON.parse(document.getElementById("data").textContent).dominated.length), 0);
    const symbols = page.locator("#front-chart path[aria-roledescription='point']");
    assert.ok(expected.front.length > 0);
    assert.equal(await symbols.count(), expected.front.length + 1);
    await page.locator("#picker").selectOption("0");
    await page.waitForSelector("body[data-picked='0']");
    await quiet(seen, "alone");
  },

  async "layers on the FPGA are listed by run, and what sets the pace is marked"() {
    for (const [name, lanes] of [["plain", ["GPU", "link", "FPGA"]], ["folded", ["GPU", "to FPGA", "to GPU", "FPGA"]]]) {
      const expected = await front(name);
      const seen = await open(name);
      const { page } = seen;
      let pipelines = 0;
      for (const [number, point] of expected.front.entries()) {
        await page.locator("#picker").selectOption(String(number + 1));
        await page.waitForSelector(`body[data-picked='${number + 1}']`);
        pipelines += point.pipelines.length;
        assert.equal(await page.locator("#layers-part").isVisible(), point.pipelines.length > 0);
        assert.equal(await page.locator("#onfpga tr.run").count(), point.pipelines.length);
        const rows = point.modules.flatMap((module) => module.layers).filter((layer) => "interval_s" in layer);
        assert.equal(await page.locator("#onfpga tbody tr:not(.run)").count(), rows.length);
        const pacing = point.pipelines.map((pipeline) => pipeline.paced_by.layer).filter((layer) => layer);
        assert.deepEqual(await page.locator("#onfpga tr.pacing td:first-child").allInnerTexts(), pacing);
        for (const row of rows) {
          const text = await page.locator("#onfpga tr:not(.run)").filter({ hasText: row.name }).first().innerText();
          assert.ok(text.includes(row.implementation), text);
          assert.ok(!row.fold || text.includes(`PE ${row.fold.pe}`), text);
        }
      }
      assert.ok(pipelines > 0);
      const labels = await page.locator("#schedule-chart .role-axis-label text").allTextContents();
      for (const lane of lanes) assert.ok(labels.includes(lane), `${lane} of ${labels}`);
      await quiet(seen, name);
    }
  },

  async "names are text, whatever they say"() {
    const expected = await front("names");
    const seen = await open("names");
    const { page } = seen;
    assert.equal(expected.context.network.name, "</script><b>$(id)");
    assert.equal(await page.locator("h1").innerText(), expected.context.network.name);
    assert.equal(await page.locator("img").count(), 0);
    assert.equal(await page.locator("h1 b, h1 script").count(), 0);
    const cell = page.locator("#modules .layer").first();
    await cell.hover();
    assert.match(await page.locator("#layer-note").innerText(), /^<\/script><b>\$\(id\): /);
    await page.locator("#schedule-chart .mark-rect path").first().hover();
    await page.locator("#vg-tooltip-element.visible").waitFor();
    assert.equal(await page.locator("#vg-tooltip-element b, #vg-tooltip-element img").count(), 0);
    await page.emulateMedia({ colorScheme: "dark" });
    await quiet(seen, "names");
  },

  async "nothing may be loaded, and no script run that is not the report's own"() {
    const seen = await open("plain");
    const blocked = await seen.page.evaluate(async () => {
      const policies = [];
      document.addEventListener("securitypolicyviolation", (event) => policies.push(event.effectiveDirective));
      const script = document.createElement("script");
      script.textContent = "window.intruder = true";
      document.body.append(script);
      const image = document.createElement("img");
      image.src = "http://127.0.0.1:9/picture.png";
      document.body.append(image);
      const fetched = await fetch("http://127.0.0.1:9/").then(() => "fetched", () => "refused");
      await new Promise((done) => setTimeout(done));
      return { fetched, intruder: window.intruder ?? false, policies: policies.sort() };
    });
    assert.equal(blocked.fetched, "refused");
    assert.equal(blocked.intruder, false);
    assert.deepEqual([...new Set(blocked.policies)], ["connect-src", "img-src", "script-src-elem"]);
    // What was refused never left the page.
    assert.deepEqual(seen.answered, seen.requests.slice(0, 1));
    await seen.page.close();
  },

  async "without JavaScript there are static plots"() {
    const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-quic"] });
    const page = await browser.newPage({ javaScriptEnabled: false, viewport: { width: 400, height: 900 } });
    await page.goto(pathToFileURL(join(folder, "plain.html")).href);
    assert.equal(await page.locator("svg.cl-plot").count(), 8);
    for (const plot of await page.locator("svg.cl-plot").all()) assert.ok(await plot.isVisible());
    assert.equal(await page.locator("svg.cl-plot circle.cl-front title").count(), (await front("plain")).front.length);
    await browser.close();
  },
};

let failed = 0;
try {
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check();
      console.log(`passed: ${name}`);
    } catch (error) {
      ++failed;
      console.log(`FAILED: ${name}\n${error.stack}`);
    }
  }
} finally {
  await context.close();
  await rm(profile, { recursive: true, force: true });
}
process.exit(failed === 0 ? 0 : 1);
