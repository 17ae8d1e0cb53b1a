// What keeps a cluster from splitting: links, disk heartbeat, quorum, fencing, SBD, defaults and the evidence of the verdict, in a
// real browser, on the true server, in a cluster whose fencing has been tried.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";

import { newPage, signIn, startBrowser } from "./browser.mjs";
import { lookAt, shots } from "./looks.mjs";
import { startServer } from "./sim.mjs";

const c = "/c/demo";
// What an operation on the whole cluster may take on a machine that does much else.
const slowMS = 120_000;

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
const card = (name, of = page) =>
  of.locator("section.card", {
    has: page.getByRole("heading", { name, exact: true }),
  });
const column = (name) => page.getByRole("columnheader", { name });
/** Waits until the toast of an operation says that it is done. */
const done = (what) =>
  page
    .locator(".toast", { hasText: what })
    .getByText("已完成")
    .waitFor({ timeout: slowMS });

test("a link is added on the network that no link uses yet, and removed again", async () => {
  await page.goto(`${server.url}${c}/heartbeat`);
  await column(/^链路 1/).waitFor();
  assert.equal(await column(/^链路 2/).count(), 0);
  await button("添加链路").click();
  const drawer = page.getByRole("dialog");
  await drawer
    .getByText(/^10\.73\./)
    .first()
    .waitFor();
  await button("添加链路 2", drawer).click();
  await done("增加心跳链路");
  await column(/^链路 2/).waitFor();
  await button("链路 2 的操作").click();
  await page.getByRole("menuitem", { name: "移除" }).click();
  const dialog = page.getByRole("dialog").filter({ hasText: "还剩 2 路" });
  await button("移除链路 2", dialog).click();
  await done("移除心跳链路");
  await column(/^链路 2/).waitFor({ state: "detached" });
});

test("a disk that carries a file system is destroyed only after it was named", async () => {
  await page.goto(`${server.url}${c}/heartbeat`);
  await button("启用磁盘心跳", card("磁盘心跳")).click();
  const drawer = page.getByRole("dialog");
  await drawer.getByLabel("共享磁盘").click();
  await page.getByText("sim-shared-3").click();
  await drawer.getByText("盘上有 ext4。").waitFor();
  const act = button("销毁 ext4 并启用", drawer);
  assert.equal(await act.isDisabled(), true);
  await drawer.getByLabel("盘上的内容").fill("ext4");
  await act.click();
  await drawer.waitFor({ state: "hidden" });
  await done("启用磁盘心跳");
  await column("磁盘心跳").first().waitFor();
  await card("磁盘心跳").getByText("正常").nth(2).waitFor();
  await page
    .getByRole("heading", { level: 1 })
    .getByText("1 路磁盘心跳", { exact: false })
    .waitFor();
});

test("the disk heartbeat is disabled after it was said what is left", async () => {
  await button("停用", card("磁盘心跳")).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("只剩 2 路网络心跳", { exact: false }).waitFor();
  await button("停用磁盘心跳", dialog).click();
  await dialog.waitFor({ state: "hidden" });
  await done("停用磁盘心跳");
  await card("磁盘心跳").getByText("没有磁盘心跳").waitFor();
});

test("a change of votes says what the cluster would survive before it is saved", async () => {
  await page.goto(`${server.url}${c}/heartbeat`);
  await button("修改", card("法定票数")).click();
  const drawer = page.getByRole("dialog");
  await drawer.getByLabel("n1 的票数").fill("3");
  await drawer.getByText("修改后：").waitFor();
  await button("取消", drawer).click();
  await drawer.waitFor({ state: "hidden" });
});

test("a fence test is refused until the node's name is typed, and its success is shown with its time", async () => {
  await page.goto(`${server.url}${c}/fencing`);
  const row = page.locator(".coverage tbody tr", {
    has: page.getByRole("rowheader", { name: "n3" }),
  });
  await row.getByRole("button", { name: "测试隔离" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("n3 会立即断电重启", { exact: false }).waitFor();
  const act = button("隔离 n3", dialog);
  assert.equal(await act.isDisabled(), true);
  await dialog.getByLabel("名称").fill("n3");
  await act.click();
  await dialog.waitFor({ state: "hidden" });
  await done("测试隔离");
  await row.getByText("测试成功").waitFor();
});

test("SBD shows what follows from it, and is in force after a restart that was asked for", async () => {
  await page.goto(`${server.url}${c}/fencing`);
  await button("配置 SBD", card("SBD")).click();
  const drawer = page.getByRole("dialog");
  await drawer.getByRole("radio", { name: /^无盘/ }).check();
  await drawer
    .getByRole("rowheader", { name: /stonith-watchdog-timeout/ })
    .waitFor();
  await drawer.getByText("只写入各节点的配置", { exact: false }).waitFor();
  await drawer.getByRole("checkbox", { name: /重启整个集群/ }).check();
  await drawer.getByText("中断，通常一到两分钟", { exact: false }).waitFor();
  await button("配置并重启集群", drawer).click();
  await drawer.waitFor({ state: "hidden" });
  // All nodes run SBD before the operation is over, and until then nothing else is changed.
  await done("配置 SBD");
  await card("SBD").getByText("全部节点运行中").waitFor({ timeout: slowMS });
});

test("a default is saved with what it means, and can be taken back from the history", async () => {
  await page.goto(`${server.url}${c}/preferences`);
  const defaults = page.getByRole("region", { name: "资源默认值" });
  await defaults.getByLabel("resource-stickiness", { exact: true }).fill("200");
  await defaults.getByText("全部资源立即生效", { exact: false }).waitFor();
  await button("保存 1 项修改", defaults).click();
  await defaults.getByText("没有修改").waitFor();
  assert.equal(
    await defaults
      .getByLabel("resource-stickiness", { exact: true })
      .inputValue(),
    "200",
  );
  await page.goto(`${server.url}${c}/history`);
  const line = page.locator(".revisions > li").first();
  await line.getByText("默认值", { exact: false }).waitFor();
  await line.getByRole("button", { name: "撤销", exact: true }).waitFor();
});

test("one click on the verdict shows what it stands on", async () => {
  await page.goto(`${server.url}${c}`);
  await button("为什么").click();
  const drawer = page.getByRole("dialog");
  await drawer.getByText(/有利的依据（\d+）/).waitFor();
  await button("关闭", drawer).click();
});

/** Opens something on a page, by what is the same in both languages: where it stands. */
const press = (selector) => async (look) => {
  await look.locator(selector).first().click();
  await look.getByRole("dialog").waitFor();
};

const views = {
  links: [`${c}/heartbeat`],
  "link-new": [`${c}/heartbeat`, press(".verdict button")],
  "disk-new": [
    `${c}/heartbeat`,
    async (look) => {
      await press(".card .empty button")(look);
      await look.locator("#disk-device").fill("/dev/disk/by-id/sim-shared-1");
      await look.locator("#disk-prefix").focus();
      await look.locator(".ant-drawer .note-box.v-ok").waitFor();
    },
  ],
  "disk-destroy": [
    `${c}/heartbeat`,
    async (look) => {
      await press(".card .empty button")(look);
      await look.locator("#disk-device").fill("/dev/disk/by-id/sim-shared-4");
      await look.locator("#disk-prefix").focus();
      await look.locator(".ant-drawer .note-box").nth(1).waitFor();
    },
  ],
  protection: [`${c}/fencing`],
  "fence-test": [`${c}/fencing`, press(".coverage .ant-btn-dangerous")],
  "sbd-edit": [
    `${c}/fencing`,
    async (look) => {
      await press(".sbd header button")(look);
      await look.locator(".ant-drawer .derived").waitFor();
    },
  ],
  defaults: [`${c}/preferences`],
  evidence: [`${c}`, press(".verdict button")],
};

lookAt("what protects a cluster", views, () => ({ server, browser }), {
  width: 1280,
  height: 1700,
});

test("nothing went wrong in the page that all of this was done in", () => {
  assert.deepEqual(page.problems, []);
});
