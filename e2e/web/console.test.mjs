// The paths that users live by, in a real browser, on the true server: one cluster grows from nothing as the tests go.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";

import { newPage, settled, signIn, startBrowser } from "./browser.mjs";
import { lookAt, shots } from "./looks.mjs";
import { startServer } from "./sim.mjs";

// What the console promises for a change in the cluster, with room for a busy machine.
const liveMS = 30_000;

let server;
let browser;
let page;

before(async () => {
  server = await startServer();
  browser = await startBrowser();
  page = await newPage(browser);
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
const visible = (locator) => locator.first().waitFor({ state: "visible" });
const cell = (row, column) =>
  page
    .locator(".matrix tbody tr", {
      has: page.getByRole("button", { name: `${row} 的操作` }),
    })
    .locator("td")
    .nth(column);

test("a wrong password is refused in the user's language, the right one signs in", async () => {
  await page.goto(`${server.url}/hosts`);
  await page.waitForURL((url) => url.pathname === "/sign-in");
  await page.fill("#name", server.user);
  await page.fill("#password", "not the password");
  await page.click("button[type=submit]");
  const said = page.getByRole("alert");
  await visible(said);
  assert.match(await said.innerText(), /\p{Script=Han}/u);
  await page.fill("#password", server.password);
  await page.click("button[type=submit]");
  await page.waitForURL((url) => url.pathname === "/hosts");
  await visible(page.getByText("n1", { exact: true }));
});

test("a cluster is made from enrolled hosts", async () => {
  await page.goto(`${server.url}/clusters/new`);
  for (const name of ["n1", "n2", "n3"])
    await page.getByRole("checkbox", { name, exact: true }).check();
  await button("下一步").click();
  await page.getByLabel("集群名称").fill("bad name!");
  await button("运行预检").click();
  const said = page.getByRole("alert");
  await visible(said);
  assert.match(await said.innerText(), /集群名称/);
  await button("上一步").click();
  await page.getByLabel("集群名称").fill("web");
  await button("运行预检").click();
  await visible(page.getByText(/预检通过|可以创建/));
  await button("下一步").click();
  await button("创建集群 web").click();
  await page.waitForURL((url) => url.searchParams.has("operation"));
  await page.reload();
  await visible(page.getByText("集群 web 已在运行", { exact: false }));
  await page.getByRole("button", { name: /^查看 ?web$/ }).click();
  await page.waitForURL((url) => url.pathname === "/c/web");
  await visible(page.getByRole("link", { name: /^n1 在线/ }));
});

test("a fence device is added for a node", async () => {
  await page.goto(`${server.url}/c/web/fencing`);
  await button("添加隔离设备").first().click();
  const drawer = page.getByRole("dialog");
  await drawer.locator("#fence-agent").fill("fence_ipmilan");
  await page
    .locator(".ant-select-item-option", { hasText: /^fence_ipmilan$/ })
    .click();
  await drawer.getByRole("checkbox", { name: "n1", exact: true }).check();
  await drawer.getByLabel(/^ip/).first().fill("10.9.0.1");
  const create = drawer.getByRole("button", { name: /^添加 fence-ipmilan/ });
  await create.click();
  await drawer.waitFor({ state: "hidden" });
  await visible(page.getByRole("link", { name: "fence-ipmilan" }));
});

test("a service is protected, and runs on its main node", async () => {
  await page.goto(`${server.url}/c/web/protect`);
  await page.getByRole("radio", { name: /仅虚拟 IP/ }).check();
  await page.getByLabel("服务名称").fill("site");
  await button("下一步").click();
  await page.getByLabel(/^ip/).first().fill("10.9.1.100");
  await button("下一步").click();
  await button("n2 上移").click();
  await button("下一步").click();
  await button("保护 site").click();
  await page.waitForURL((url) => url.searchParams.get("resource") === "site");
  await cell("site", 2).getByText("运行").waitFor();
  await cell("site", 1).getByText("Slave 1").waitFor();
});

test("a move says what becomes of it, and its outcome is told", async () => {
  await page.goto(`${server.url}/c/web/resources`);
  await cell("site", 2).getByText("运行").waitFor();
  let release = () => undefined;
  const held = new Promise((resolve) => (release = resolve));
  await page.route("**/whatif", async (route) => {
    await held;
    await route.continue();
  });
  await button("site 的操作").click();
  await page.getByRole("menuitem", { name: "迁移" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  await settled(page); // it grows as it opens
  await dialog.getByRole("radio", { name: /^n3/ }).check();
  await dialog
    .getByText("site 先在 n2 停止，再在 n3 启动", { exact: false })
    .waitFor();
  const act = button("迁移到 n3", dialog);
  const before = await act.boundingBox();
  release();
  await dialog.getByRole("heading", { name: "会发生什么" }).waitFor();
  await page.unroute("**/whatif");
  assert.deepEqual(
    await act.boundingBox(),
    before,
    "the forecast moved the button that a hand is on its way to",
  );
  await act.click();
  await page
    .locator(".toast", { hasText: "迁移资源" })
    .getByText("已完成")
    .waitFor();
});

test("a node in standby gives its services away; a window that nobody touches shows it", async () => {
  await page.goto(`${server.url}/c/web/resources`);
  await cell("site", 3).getByText("运行").waitFor();
  const other = await newPage(browser);
  await signIn(other, server, "/c/web/nodes");
  const turn = async (item, act) => {
    await other.getByRole("button", { name: "n3 的操作" }).click();
    await other.getByRole("menuitem", { name: item }).click();
    const dialog = other.getByRole("dialog");
    await dialog.getByRole("button", { name: act }).waitFor();
    const said = await dialog.innerText();
    await dialog.getByRole("button", { name: act }).click();
    await dialog.waitFor({ state: "hidden" });
    return said;
  };
  assert.match(await turn("启用备用", "n3 启用备用"), /site-vip/);
  await cell("site", 2).getByText("运行").waitFor({ timeout: liveMS });
  await turn("取消备用", "n3 取消备用");
  await other.context().close();
});

test("an edit is a revision, and is taken back", async () => {
  // A node that comes back from standby moves the configuration on, several times: what is tried here is not who is faster.
  await page.waitForFunction(
    async () => {
      const { state } = await (await fetch("/api/v1/clusters/web")).json();
      return (
        state &&
        !state.busy &&
        state.nodes.every((n) => n.online && !n.standby && !n.pending)
      );
    },
    null,
    { polling: 500, timeout: 90_000 },
  );
  await page.goto(`${server.url}/c/web/resources/site-vip/edit`);
  await page.getByLabel(/^ip/).first().fill("10.9.1.101");
  await button("保存 site-vip").click();
  await page.waitForURL((url) => url.pathname === "/c/web/resources");
  await page.goto(`${server.url}/c/web/history`);
  await visible(page.getByText("编辑资源"));
  await page
    .getByRole("button", { name: "撤销", exact: true })
    .first()
    .waitFor();
  const line = page.locator(".revisions > li", { hasText: "编辑资源" }).first();
  await line.getByText("已生效").waitFor();
  await line.getByRole("button", { name: "撤销", exact: true }).click();
  const dialog = page.getByRole("dialog");
  assert.match(
    await dialog.locator("ins").first().innerText(),
    /10\.9\.1\.100/,
  );
  await dialog.getByRole("button", { name: /^撤销 #/ }).click();
  await dialog.waitFor({ state: "hidden" });
  await visible(page.getByText(/撤销 #\d+/));
});

test("language and theme change at once", async () => {
  await page.goto(`${server.url}/`);
  await button("EN").click();
  await visible(page.getByRole("link", { name: "Hosts" }));
  await button("Switch to the dark theme").click();
  assert.equal(
    await page.evaluate(() => document.documentElement.dataset.theme),
    "dark",
  );
  await page.reload();
  await visible(page.getByRole("link", { name: "Hosts" }));
  assert.equal(
    await page.evaluate(() => document.documentElement.dataset.theme),
    "dark",
  );
  await button("中文").click();
  await button("切换到浅色主题").click();
});

const pages = {
  overview: ["/"],
  cards: ["/?view=cards"],
  hosts: ["/hosts"],
  events: ["/events"],
  logs: ["/c/web/logs"],
  bundles: [
    "/c/web/logs",
    async (page) => {
      await page
        .getByRole("button", { name: /^(日志包|Log bundles)$/ })
        .click();
      await page.getByRole("dialog").waitFor();
    },
  ],
  users: ["/users"],
  access: ["/users/access"],
  policy: ["/users/policy"],
  account: ["/account"],
  license: ["/license"],
  "license-ukey": ["/license/ukey"],
  "license-site": ["/license/site"],
  audit: ["/audit"],
  create: ["/clusters/new"],
  summary: ["/c/web"],
  nodes: ["/c/web/nodes"],
  node: ["/c/web/nodes/n1"],
  resources: ["/c/web/resources"],
  resource: ["/c/web/resources?resource=site-vip"],
  "resource-new": ["/c/web/resources/new?agent=ocf:heartbeat:IPaddr2"],
  "resource-edit": ["/c/web/resources/site-vip/edit"],
  protect: ["/c/web/protect"],
  heartbeat: ["/c/web/heartbeat"],
  fencing: ["/c/web/fencing"],
  history: ["/c/web/history"],
  health: ["/c/web/health"],
  preferences: ["/c/web/preferences"],
  "sign-in": ["/sign-in"],
};

lookAt("every page", pages, () => ({ server, browser }));

test("nothing went wrong in the page that all of this was done in", () => {
  assert.deepEqual(page.problems, []);
});
