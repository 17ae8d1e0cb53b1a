// Where services run and what they have to do with each other, in a real browser, on the true server.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";

import { newPage, signIn, startBrowser } from "./browser.mjs";
import { lookAt, shots } from "./looks.mjs";
import { startServer } from "./sim.mjs";

const resources = "/c/demo/resources";

let server;
let browser;
let page;

before(async () => {
  server = await startServer("healthy");
  browser = await startBrowser();
  page = await newPage(browser);
  await signIn(page, server, resources);
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
const cell = (row, column) =>
  page
    .locator(".matrix tbody tr", { has: button(`${row} 的操作`) })
    .locator("td")
    .nth(column);
const act = async (row, what) => {
  const item = page.getByRole("menuitem", { name: what, exact: true });
  // News that draws the table anew at that moment swallows the click: the menu stays, and one clicks again.
  for (let tries = 0; tries < 3; tries++) {
    if (!(await item.isVisible())) await button(`${row} 的操作`).click();
    await item.click();
    const closed = item.waitFor({ state: "hidden", timeout: 3_000 });
    if (await closed.then(() => true).catch(() => false)) return;
  }
  throw new Error(`the menu of ${row} does not take ${what}`);
};
/** Takes an option of a list in the dialog that is open. */
const choose = async (label, option) => {
  await page.getByRole("dialog").getByLabel(label, { exact: true }).click();
  await page
    .locator(".ant-select-dropdown:not(.ant-select-dropdown-hidden)")
    .getByTitle(option, { exact: true })
    .click();
  // A list of several stays open over what is below it.
  await page.locator(".ant-modal-title").click();
};
// A drawer is a dialog, too, and may stay open beside the question.
const question = (of = page) => of.locator(".ant-modal");
const confirm = async (name) => {
  const dialog = question();
  // A forecast that arrives makes room for itself: the button moves.
  await dialog.locator(".spin").waitFor({ state: "detached" });
  await button(name, dialog).click();
  await dialog.waitFor({ state: "hidden" });
};

test("a service runs on the first node of its order", async () => {
  await act("database", "节点顺序");
  const dialog = page.getByRole("dialog");
  await button("n3", dialog).click();
  await button("n2", dialog).click();
  await confirm("保存顺序");
  await cell("database", 3).getByText("运行").waitFor();
  await cell("database", 2).getByText("Slave 1").waitFor();
});

test("a ban drives a service away until it is cleared", async () => {
  await act("database", "禁止在节点运行");
  await page
    .getByRole("dialog")
    .getByText("n3", { exact: true })
    .first()
    .waitFor();
  await confirm("禁止在 n3 运行");
  await cell("database", 2).getByText("运行").waitFor();
  const said = card("约束").getByText("database 不能在 n3 运行");
  await said.waitFor();
  await act("database", "清除迁移与禁止");
  await confirm("清除 database 的迁移与禁止");
  await said.waitFor({ state: "detached" });
  await cell("database", 3).getByText("运行").waitFor();
});

test("a rule is clicked together, stands as a sentence, and is changed", async () => {
  await button("新建约束").click();
  const dialog = page.getByRole("dialog");
  await dialog.locator(".ant-radio-button-wrapper").nth(1).click();
  await choose("资源", "database");
  await dialog.getByLabel("节点属性", { exact: true }).fill("site");
  await dialog.getByLabel("值", { exact: true }).fill("b");
  await button("条件组", dialog).click();
  const group = dialog.getByRole("group", { name: "条件" }).nth(1);
  await group.getByLabel("节点属性", { exact: true }).fill("#uname");
  await group.getByLabel("值", { exact: true }).fill("n9");
  await confirm("新建约束");
  const line = card("约束").locator("li", { hasText: "database-rule" });
  await line.getByText("site", { exact: false }).waitFor();
  await button("修改约束 database-rule").click();
  await dialog.getByLabel("值", { exact: true }).first().fill("c");
  await confirm("保存");
  await line.getByText(/site .*c/).waitFor();
  await button("删除约束 database-rule").click();
  await confirm("删除约束");
  await line.waitFor({ state: "detached" });
});

test("all with a tag are stopped and started in one step", async () => {
  await button("新建标记").click();
  await page.getByRole("dialog").getByLabel("标记 ID").fill("night");
  await choose("资源", "database");
  await confirm("新建标记");
  const tags = card("标记");
  await button("全部停止", tags).click();
  await confirm("全部停止");
  await cell("database", 3).getByText("运行").waitFor({ state: "detached" });
  await button("全部启动", tags).click();
  await confirm("全部启动");
  await cell("database", 3).getByText("运行").waitFor();
});

test("a member is taken out of its group, and back by the history", async () => {
  await page.goto(`${server.url}${resources}?resource=database`);
  await button("将 vip 移出组").click();
  await confirm("移出");
  await button("将 vip 移出组").waitFor({ state: "detached" });
  await page.goto(`${server.url}/c/demo/history`);
  const line = page.locator(".revisions > li").first();
  await line.getByRole("button", { name: "撤销", exact: true }).click();
  await question()
    .getByRole("button", { name: /^撤销 #/ })
    .click();
  await question().waitFor({ state: "hidden" });
  await page.goto(`${server.url}${resources}?resource=database`);
  await button("将 vip 移出组").waitFor();
});

/** What is in a card's header stands in the same order in both languages. */
const press = (nth) => async (look) => {
  await look.locator("section.card > header .end button").nth(nth).click();
  await question(look).waitFor();
};
const views = {
  relations: [resources],
  member: [`${resources}?resource=database`],
  spread: [resources, press(0)],
  "constraint-new": [resources, press(1)],
  "constraint-rule": [
    resources,
    async (look) => {
      await press(1)(look);
      await look.locator(".ant-radio-button-wrapper").nth(1).click();
      const add = look.locator(".rule > .row").first().getByRole("button");
      await add.last().click();
      await add.nth(1).click();
    },
  ],
  "constraint-sets": [
    resources,
    async (look) => {
      await press(1)(look);
      await look.locator(".ant-radio-button-wrapper").nth(3).click();
      await look.locator(".ant-modal .ant-segmented-item").nth(1).click();
    },
  ],
  tag: [resources, press(2)],
  "attribute-set": [resources, press(3)],
  node: ["/c/demo/nodes/n1"],
};

lookAt("relations", views, () => ({ server, browser }), {
  width: 1280,
  height: 1300,
});

test("nothing went wrong in the page that all of this was done in", () => {
  assert.deepEqual(page.problems, []);
});
