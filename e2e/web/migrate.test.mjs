// A cluster is made anew on other hosts from its file, in a real browser, on the true server.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";

import { newPage, signIn, startBrowser } from "./browser.mjs";
import { lookAt, shots } from "./looks.mjs";
import { startServer } from "./sim.mjs";

const dir = mkdtempSync(join(tmpdir(), "hawser-file-"));
const file = join(dir, "old.yaml");

let server;
let browser;
let page;

before(async () => {
  server = await startServer("spare");
  browser = await startBrowser();
  page = await newPage(browser);
  await signIn(page, server);
});

after(async () => {
  await browser?.close();
  await server?.stop();
  rmSync(dir, { recursive: true });
});

afterEach(async (t) => {
  if (t.passed === false || t.error)
    await page.screenshot({
      path: `${shots}/failed-${t.name.replaceAll(/\W+/g, "-")}.png`,
    });
});

const words = {
  zh: {
    next: "下一步",
    check: "运行预检",
    host: (node) => `${node} 的新主机`,
    name: "新集群名称",
    same: (value) => `${value} 不变`,
  },
  en: {
    next: "Next",
    check: "Run preflight",
    host: (node) => `New host of ${node}`,
    name: "New cluster",
    same: (value) => `Keep ${value}`,
  },
};
const wordsOf = async (on) =>
  words[(await on.evaluate(() => document.documentElement.lang)).slice(0, 2)];
const button = (name, of = page) =>
  of.getByRole("button", { name, exact: true });

/** From the file to the form of the mapping. */
async function chooseFile(on) {
  const w = await wordsOf(on);
  await on.locator("input[type=file]").setInputFiles(file);
  await on.getByText("ocf:heartbeat:IPaddr2").waitFor();
  await button(w.next, on).click();
  await on.getByLabel(w.name, { exact: true }).fill("new");
  for (const [node, host] of [
    ["o1", "n1"],
    ["o2", "n2"],
  ]) {
    await on.getByRole("combobox", { name: w.host(node) }).click();
    await on
      .locator(".ant-select-dropdown")
      .last()
      .getByTitle(host, { exact: true })
      .click();
    await on
      .locator(".ant-select-dropdown")
      .last()
      .waitFor({ state: "hidden" });
  }
}

/** Everything that is in parameters; passwords are new. */
async function mapRest(on) {
  const w = await wordsOf(on);
  await button(w.same("/dev/disk/by-id/shared"), on).click();
  await on.getByRole("textbox", { name: /^10\.0\.8\.100/ }).fill("10.0.8.200");
  for (const address of ["10.0.9.1", "10.0.9.2"])
    await button(w.same(address), on).click();
  for (const n of [0, 1])
    await on.locator("input[type=password]").nth(n).fill("not-a-real-one");
  await button(w.check, on).click();
  await on.locator(".host-checks").waitFor();
}

test("a cluster's menu exports its file", async () => {
  await button("old 的操作").click();
  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("menuitem", { name: "导出配置文件" }).click(),
  ]);
  assert.equal(saved.suggestedFilename(), "old.yaml");
  await saved.saveAs(file);
});

const views = {
  "migrate-file": [
    "/clusters/migrate",
    async (look) => {
      await look.locator("input[type=file]").setInputFiles(file);
      await look.getByText("ocf:heartbeat:IPaddr2").waitFor();
    },
  ],
  "migrate-map": ["/clusters/migrate", chooseFile],
  "migrate-refused": [
    "/clusters/migrate",
    async (look) => {
      await chooseFile(look);
      await button((await wordsOf(look)).check, look).click();
      await look.locator(".ant-form-item-explain-error").first().waitFor();
    },
  ],
  "migrate-review": [
    "/clusters/migrate",
    async (look) => {
      await chooseFile(look);
      await mapRest(look);
      await button((await wordsOf(look)).next, look).click();
      await look.locator(".differences").waitFor();
    },
  ],
};
lookAt("the way of a file", views, () => ({ server, browser }));

test("what the mapping leaves out is said at its field", async () => {
  await page.goto(`${server.url}/clusters/migrate`);
  await chooseFile(page);
  await button("运行预检").click();
  const device = page.locator(".map-values > li", {
    hasText: "/dev/disk/by-id/shared",
  });
  await device.getByText(/请选择新设备/).waitFor();
});

test("the cluster is made, its configuration applied, and both are compared", async () => {
  await mapRest(page);
  await button("下一步").click();
  await button("创建集群 new").click();
  await page
    .getByText("集群 new 的配置与文件一致", { exact: false })
    .waitFor({ timeout: 120_000 });
  await page.screenshot({ path: `${shots}/migrate-done-zh-light.png` });
  await page.reload();
  await page.getByText("集群 new 的配置与文件一致", { exact: false }).waitFor();
  await page.goto(`${server.url}/c/new/resources`);
  await page
    .locator(".matrix tbody tr", { has: button("database 的操作") })
    .getByText("运行", { exact: true })
    .first()
    .waitFor();
  assert.deepEqual(page.problems, []);
});
