// RTO and RPO targets in a real browser, on the true server and simulated nodes: set, measured, judged, removed, and pictures of them.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";

import { newPage, signIn, startBrowser } from "./browser.mjs";
import { lookAt, shots } from "./looks.mjs";
import { startServer } from "./sim.mjs";

const c = "/c/demo";

let server;
let browser;
let page;

before(async () => {
  server = await startServer("healthy");
  browser = await startBrowser();
  page = await newPage(browser);
  await signIn(page, server, c);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

afterEach(async (t) => {
  if (t.passed === false || t.error)
    await page.screenshot({
      path: `${shots}/failed-${t.name.replaceAll(/\W+/g, "-")}.png`,
    });
});

const button = (name, of = page) =>
  of.getByRole("button", { name, exact: true });
const verdict = () => page.getByRole("heading", { level: 1 });
const goal = (name) =>
  page
    .getByRole("region", { name: "database", exact: true })
    .locator(".goal", { hasText: name });

/** Fills in the dialog that is open, and saves it. */
const promise = async (seconds) => {
  const dialog = page.getByRole("dialog");
  for (const [name, text] of Object.entries(seconds))
    await dialog.getByLabel(name).fill(text);
  await button("保存目标", dialog).click();
  await dialog.waitFor({ state: "hidden" });
};

test("without targets the page names the services, and says what to do first", async () => {
  await page.goto(`${server.url}${c}/targets`);
  await verdict().getByText("还没有目标", { exact: false }).waitFor();
  await page.getByRole("button", { name: /^database/ }).waitFor();
});

test("targets are set; what was never measured is unknown, what is on shared storage is not lost", async () => {
  await button("设置目标").click();
  await promise({ "RTO 故障": "600", "RPO 故障": "0" });
  await goal("RTO 故障").getByText("未知").waitFor();
  await goal("RPO 故障").getByText("达到", { exact: true }).waitFor();
  await verdict().getByText("1 项目标无从判断", { exact: false }).waitFor();
});

test("a value that no target can have is said at its field", async () => {
  await button("编辑目标").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("RTO 计划内").fill("99999999");
  await dialog.getByText("须在 0 秒与一年之间。").first().waitFor();
  assert.equal(await button("保存目标", dialog).isDisabled(), true);
  await promise({ "RTO 计划内": "0" });
});

test("a planned move is measured, and a page that nobody touches says that its target is missed", async () => {
  const other = await newPage(browser);
  await signIn(other, server, `${c}/nodes`);
  const node = await other.evaluate(async () => {
    const { state } = await (await fetch("/api/v1/clusters/demo")).json();
    return state.resources.find((r) => r.id === "database").nodes[0];
  });
  await button(`${node} 的操作`, other).click();
  await other.getByRole("menuitem", { name: "启用备用" }).click();
  const dialog = other.getByRole("dialog");
  await button(`${node} 启用备用`, dialog).click();
  await dialog.waitFor({ state: "hidden" });
  await goal("RTO 计划内").getByText("未达到").waitFor({ timeout: 120_000 });
  await page
    .getByRole("heading", { level: 1, name: /^1 项目标未达到：database/ })
    .waitFor();
  await goal("RTO 计划内").getByText("最长一次").waitFor();
  await other.context().close();
});

test("the summary leads to what is missed", async () => {
  await page.goto(server.url + c);
  await page
    .getByRole("region", { name: "RTO 与 RPO" })
    .getByRole("link", { name: /^database/ })
    .first()
    .click();
  await page.waitForURL(`**${c}/targets/database`);
});

lookAt(
  "targets",
  {
    targets: [`${c}/targets`],
    "targets-dialog": [
      `${c}/targets`,
      async (look) => {
        await look
          .getByRole("button", { name: /^(编辑目标|Edit targets)$/ })
          .click();
        await look.getByRole("dialog").waitFor();
      },
    ],
    "summary-targets": [c],
  },
  () => ({ server, browser }),
  { width: 1280, height: 900 },
);

test("targets are removed after it was said what that means", async () => {
  await button("移除").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("此后不再判断是否达到", { exact: false }).waitFor();
  await button("移除目标", dialog).click();
  await dialog.waitFor({ state: "hidden" });
  await verdict().getByText("还没有目标", { exact: false }).waitFor();
});

test("nothing went wrong in the page that all of this was done in", () => {
  assert.deepEqual(page.problems, []);
});
