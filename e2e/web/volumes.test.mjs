// Replicated volumes in a real browser, on the true server and simulated nodes: the wizard, the page, the acts, and pictures of them.
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
const side = (node) => page.locator(`section.side[aria-label="${node}"]`);
/** Waits until the toast of an operation says that it is done. */
const done = (what) =>
  page
    .locator(".toast", { hasText: what })
    .getByText("已完成")
    .waitFor({ timeout: 120_000 });

/** Fills in the first page of the wizard. */
const fill = async (look, name, first, second) => {
  await look.locator("#volume-name").fill(name);
  await look.locator("#volume-disk-0").fill(first);
  await look.locator("#volume-disk-1").fill(second);
  await look.locator("#volume-name").focus();
};
const forward = (look) => look.locator(".ant-btn-primary").last().click();

const local = (n) => `/dev/disk/by-id/sim-local-${n}`;

test("without volumes the page says what they are for", async () => {
  await page.goto(`${server.url}${c}/replication`);
  await page.getByRole("heading", { name: "还没有复制卷" }).waitFor();
});

test("a volume is made on two blank disks, and is in sync at once", async () => {
  await page.getByRole("link", { name: "新建卷" }).click();
  await fill(page, "data", local(1), local(1));
  await button("下一步").click();
  await page.getByText("空白盘").nth(1).waitFor();
  await page.getByRole("radio", { name: /^免复制/ }).check();
  await button("下一步").click();
  await page.getByText("两块空白磁盘视为相同，不复制。").waitFor();
  await button("创建卷 data").click();
  await page.waitForURL(`**${c}/replication/data`);
  await done("创建复制卷");
  await page
    .getByRole("heading", { level: 1 })
    .getByText("全部 1 个卷已同步", { exact: false })
    .waitFor();
});

test("what is on a disk is destroyed only after it was named; then its progress is on the page", async () => {
  await page.goto(`${server.url}${c}/replication/new/volume`);
  await fill(page, "big", local(2), local(3));
  await button("下一步").click();
  await page.getByText("盘上有 ext4。", { exact: false }).waitFor();
  assert.equal(await button("下一步").isDisabled(), true);
  await page.getByLabel("n2 盘上的内容").fill("ext4");
  await button("下一步").click();
  await button("销毁内容并创建卷 big").click();
  await page.waitForURL(`**${c}/replication/big`);
  await page.getByRole("heading", { name: "重新同步 big" }).waitFor();
  await page.locator(".rate-chart").waitFor();
});

test("a resync is slowed down, and the page says how long it takes", async () => {
  await button("调整速率").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: "不超过" }).check();
  await dialog.getByLabel("同步速率上限").fill("8");
  await button("设置限速", dialog).click();
  await dialog.waitFor({ state: "hidden" });
  await page.getByText("上限 8.0 MiB/s").waitFor();
  await page.getByText(/^约 \d/).waitFor();
});

test("a side is disconnected after it was said what that risks, and connected again", async () => {
  await page.goto(`${server.url}${c}/replication/data`);
  const node = "n2";
  await button(`${node} 一侧的操作`, side(node)).click();
  await page.getByRole("menuitem", { name: "断开" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("断开期间的写入只在一侧", { exact: false }).waitFor();
  await button(`断开 ${node}`, dialog).click();
  await dialog.waitFor({ state: "hidden" });
  await page.locator(".flow.apart").waitFor();
  await button(`${node} 一侧的操作`, side(node)).click();
  await page.getByRole("menuitem", { name: "连接" }).click();
  await button(`连接 ${node}`, page.getByRole("dialog")).click();
  await page.locator(".flow.joined").waitFor();
});

test("a configuration that is pasted is judged", async () => {
  await button("读取配置文本").click();
  const drawer = page.getByRole("dialog");
  await drawer
    .getByLabel("DRBD 配置文本")
    .fill(
      "resource old {\n net { after-sb-0pri discard-younger-primary; }\n on a { device /dev/drbd1; disk /dev/sdb1; address 192.0.2.1:7788; meta-disk internal; }\n on b { device /dev/drbd1; disk /dev/sdb1; address 192.0.2.2:7788; meta-disk internal; }\n}\n",
    );
  await button("读取并评判", drawer).click();
  await drawer.getByRole("heading", { name: "读到 1 个卷" }).waitFor();
  await drawer
    .getByText("discard-younger-primary", { exact: false })
    .first()
    .waitFor();
});

test("a mirror is chosen as the driver, made, and stands in the list as what it is", async () => {
  await page.goto(`${server.url}${c}/replication/new/volume`);
  await page.getByRole("radio", { name: /^DRBD/, checked: true }).waitFor();
  await page.getByRole("radio", { name: /^镜像卷/ }).check();
  await page
    .getByRole("note")
    .getByText("预览功能", { exact: false })
    .waitFor();
  assert.equal(await page.getByRole("radio", { name: /^C 同步/ }).count(), 0);
  await fill(page, "log", local(4), local(4));
  await button("下一步").click();
  await page.getByText("hawser-mirror", { exact: false }).nth(1).waitFor();
  await page.getByRole("radio", { name: /^免复制/ }).check();
  await button("下一步").click();
  await page.getByText("/dev/hawser/log").waitFor();
  await button("创建卷 log").click();
  await page.waitForURL(`**${c}/replication/log`);
  await done("创建复制卷");
  const row = page.getByRole("row", { name: /^log / });
  await row.getByText("镜像卷").waitFor();
  await row.getByText("预览").waitFor();
  await row.getByText("已同步").waitFor();
  await page.getByRole("row", { name: /^data .*DRBD/ }).waitFor();
  await page.locator(".flow.joined").waitFor();
});

const place = async (look) => fill(look, "more", local(3), local(2));

/** The wizard for KWDB, up to where disks and replication are chosen. */
const kwdbData = async (look) => {
  await look.locator("#database-address").fill("10.71.200.10/16");
  await forward(look);
  await look.locator("#volume-disk-0").waitFor();
};

const views = {
  replication: [`${c}/replication/big`],
  volume: [`${c}/replication/data`],
  "volume-new": [`${c}/replication/new/volume`, place],
  "volume-new-mirror": [
    `${c}/replication/new/volume`,
    async (look) => {
      await look.getByRole("radio", { name: /^(镜像卷|Mirror)/ }).check();
      await fill(look, "more", local(3), local(2));
    },
  ],
  mirror: [`${c}/replication/log`],
  "mirror-edit": [
    `${c}/replication/log`,
    async (look) => {
      await look.getByRole("button", { name: /^(编辑|Edit)$/ }).click();
      await look.getByRole("dialog").waitFor();
    },
  ],
  "volume-contents": [
    `${c}/replication/new/volume`,
    async (look) => {
      await place(look);
      await forward(look);
      await look.locator(".volume-places .note-box").nth(1).waitFor();
    },
  ],
  "volume-read": [
    `${c}/replication`,
    async (look) => {
      await look.locator(".verdict button").first().click();
      await look.getByRole("dialog").waitFor();
    },
  ],
  kwdb: [`${c}/protect/kwdb`],
  "kwdb-data": [`${c}/protect/kwdb`, kwdbData],
  "kwdb-mirror": [
    `${c}/protect/kwdb`,
    async (look) => {
      await kwdbData(look);
      await look.getByRole("radio", { name: /^(镜像卷|Mirror)/ }).check();
    },
  ],
  "kwdb-review": [
    `${c}/protect/kwdb`,
    async (look) => {
      await kwdbData(look);
      await look.getByRole("radio", { name: /^(镜像卷|Mirror)/ }).check();
      await look.locator("#volume-disk-0").fill(local(3));
      await look.locator("#volume-disk-1").fill(local(2));
      await look.locator("#volume-disk-1").blur();
      await forward(look);
      await look.locator("#database-threshold").waitFor();
      await forward(look);
      await look.locator(".chain-part").nth(3).waitFor();
    },
  ],
};

lookAt("replicated volumes", views, () => ({ server, browser }), {
  width: 1280,
  height: 1100,
});

test("a volume is deleted by its name", async () => {
  await page.goto(`${server.url}${c}/replication/data`);
  await button("删除").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("名称").fill("data");
  await button("删除卷 data", dialog).click();
  await done("删除复制卷");
});

test("nothing went wrong in the page that all of this was done in", () => {
  assert.deepEqual(page.problems, []);
});
