import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";

import { makeOperation, makeResources, makeRevision } from "../fake/data";
import { FakeFault } from "../fake/network";
import { makeWorld } from "../fake/world";
import { suited } from "../features/protect/templates";
import { open, silent } from "../test/render";

const c = "/c/pay-core";

test("destroying a cluster waits until its name is typed, and sends it", async () => {
  const net = makeWorld();
  const { user } = await open(c, net);
  await user.click(await screen.findByRole("button", { name: /集群操作/ }));
  await user.click(await screen.findByRole("menuitem", { name: /摧毁/ }));
  const dialog = await screen.findByRole("dialog");
  expect(dialog).toHaveTextContent("运行中的 4 个资源全部停止");
  const act = within(dialog).getByRole("button", { name: "摧毁 pay-core" });
  expect(act).toBeDisabled();
  await user.type(within(dialog).getByLabelText("名称"), "pay-core");
  await user.click(act);
  await waitFor(() => expect(net.bodies("cluster.destroy")).toEqual([{ confirm: "pay-core" }]));
});

test("putting a node in standby says what runs there; its outcome is told afterwards", async () => {
  const net = makeWorld();
  const { user } = await open(`${c}/nodes`, net);
  await user.click(await screen.findByRole("button", { name: "pay-01 的操作" }));
  await user.click(await screen.findByRole("menuitem", { name: "启用备用" }));
  const dialog = await screen.findByRole("dialog");
  expect(dialog).toHaveTextContent("pay-fs、pay-db、pay-vip");
  await user.click(within(dialog).getByRole("button", { name: "pay-01 启用备用" }));
  await waitFor(() => expect(net.asked.some((a) => a.route === "node.standby" && a.path.node === "pay-01")).toBe(true));
  expect(await screen.findByText("已完成")).toBeVisible();
});

test("stopping a node's services is played through first, in an orderly way and not as a loss", async () => {
  const net = makeWorld();
  const { user } = await open(`${c}/nodes`, net);
  await user.click(await screen.findByRole("button", { name: "pay-01 的操作" }));
  await user.click(await screen.findByRole("menuitem", { name: "停止" }));
  await screen.findByRole("dialog");
  await waitFor(() => expect(net.bodies("whatif.play")).toEqual([{ stopNodes: ["pay-01"] }]));
});

test("an enrolled host is added as a remote node: without links, and with an address only where one is chosen", async () => {
  const net = makeWorld();
  const { user } = await open(`${c}/nodes`, net);
  await user.click(await screen.findByRole("button", { name: /添加节点/ }));
  const dialog = await screen.findByRole("dialog");
  await user.click(within(dialog).getByRole("combobox", { name: "主机" }));
  await user.click(await screen.findByTitle(/^node-1 · /));
  await within(dialog).findByText(/^链路 0/);
  await user.click(within(dialog).getByRole("radio", { name: "远程节点" }));
  expect(dialog).toHaveTextContent("没有心跳链路，也没有票数");
  expect(within(dialog).queryByText(/^链路 0/)).toBeNull();
  await user.click(within(dialog).getByRole("button", { name: "添加 node-1" }));
  await waitFor(() =>
    expect(net.bodies("node.add")).toEqual([{ node: { name: "node-1", addresses: [] }, remote: {} }]),
  );
});

test("what the server refuses is said in the dialog, and the dialog stays", async () => {
  const net = makeWorld().on(
    "node.stop",
    () =>
      new FakeFault(409, {
        code: "conflict",
        reason: "event.quorum.lost",
        message: "quorum would be lost",
        args: { votes: "1", needed: "2" },
      }),
  );
  const { user } = await open(`${c}/nodes`, net);
  await user.click(await screen.findByRole("button", { name: "pay-01 的操作" }));
  await user.click(await screen.findByRole("menuitem", { name: "停止" }));
  const dialog = await screen.findByRole("dialog");
  await user.click(within(dialog).getByRole("button", { name: "停止 pay-01" }));
  expect(await within(dialog).findByRole("alert")).toHaveTextContent("失去法定票数：现有 1 票，需要 2 票");
});

test("an edit carries the version that was read, and a conflict offers the newest", async () => {
  const net = makeWorld().on(
    "resource.edit",
    () =>
      new FakeFault(409, { code: "conflict", reason: "config.moved_on", message: "changed meanwhile by root@pay-01" }),
  );
  const { user } = await open(`${c}/resources/pay-db/edit`, net);
  const field = await screen.findByLabelText(/pgdata/);
  expect(screen.getByRole("button", { name: "保存 pay-db" })).toBeDisabled();
  await user.clear(field);
  await user.type(field, "/srv/new");
  await user.click(screen.getByRole("button", { name: "保存 pay-db" }));
  expect(await screen.findByRole("button", { name: "载入最新配置" })).toBeVisible();
  expect(net.bodies("resource.edit")[0]).toMatchObject({
    version: { epoch: 42 },
    resource: { id: "pay-db", parameters: { pgdata: "/srv/new" } },
  });
});

test("in a change window a running resource is not to be stopped, and what a restart would do is not asked", async () => {
  const net = makeWorld();
  const { user } = await open(`${c}/resources/pay-db/edit`, net);
  const field = await screen.findByLabelText(/pgdata/);
  await user.clear(field);
  await user.type(field, "/srv/new");
  expect(screen.getByRole("button", { name: "先看会发生什么" })).toBeVisible();
  await user.click(screen.getByRole("checkbox", { name: /变更窗口/ }));
  expect(screen.queryByRole("button", { name: "先看会发生什么" })).toBeNull();
  await user.click(screen.getByRole("button", { name: "保存 pay-db" }));
  await waitFor(() => expect(net.bodies("resource.edit")[0]).toMatchObject({ keepRunning: true }));
});

test.each([
  { what: "something else is sent again", other: {}, sent: [42, 43], outcome: /1 个资源故障/ },
  {
    what: "this very resource is not",
    other: { parameters: { pgdata: "/srv/theirs" } },
    sent: [42],
    outcome: /载入最新配置/,
  },
])("an edit that meets a change of $what", async ({ other, sent, outcome }) => {
  const net = makeWorld();
  let epoch = 42;
  const config = () => ({
    id: "pay-db",
    kind: "primitive" as const,
    agent: "ocf:heartbeat:pgsql",
    parameters: { pgdata: "/srv/pay/data" },
    ...(epoch > 42 ? other : {}),
  });
  const found = makeResources().find((r) => r.id === "pay-db");
  if (!found) throw new Error("no pay-db");
  net
    .on("resource.show", () => ({ ...found, config: config(), version: { adminEpoch: 0, epoch, numUpdates: 0 } }))
    .on("resource.edit", ({ body, path }) =>
      body.version?.epoch === epoch
        ? makeOperation({ id: "op-9", kind: "resource.edit", ...(path.resource ? { object: path.resource } : {}) })
        : new FakeFault(409, { code: "conflict", reason: "config.moved_on", message: "it has moved on" }),
    );
  const { user } = await open(`${c}/resources/pay-db/edit`, net);
  const field = await screen.findByLabelText(/pgdata/);
  await user.clear(field);
  await user.type(field, "/srv/new");
  epoch = 43;
  await user.click(screen.getByRole("button", { name: "保存 pay-db" }));
  expect((await screen.findAllByText(outcome))[0]).toBeVisible();
  expect(net.bodies("resource.edit")).toMatchObject(sent.map((n) => ({ version: { epoch: n } })));
});

test("what is wrong with a field is said at the field", async () => {
  const net = makeWorld().on(
    "resource.create",
    () =>
      new FakeFault(400, {
        code: "invalid",
        reason: "request.invalid",
        message: "not valid",
        fields: [
          {
            path: "resource.parameters.ip",
            reason: "address.invalid",
            message: "not an address",
            args: { address: "x" },
          },
        ],
      }),
  );
  const { user } = await open(`${c}/resources/new?agent=ocf:heartbeat:IPaddr2`, net);
  await user.type(await screen.findByLabelText("资源 ID"), "vip");
  // Stock agents speak English; the console has words of its own for what most services need.
  expect(screen.getByText("客户端连接的 IPv4 或 IPv6 地址")).toBeVisible();
  const act = screen.getByRole("button", { name: "创建 vip" });
  expect(act).toBeDisabled();
  await user.type(screen.getByLabelText(/^ip/), "x");
  await user.click(act);
  expect((await screen.findAllByText("“x”不是 IP 地址。"))[0]).toBeVisible();
});

test("a form whose agent has not answered yet does not say that it has no parameters", async () => {
  await open(`${c}/resources/pay-db/edit`, silent(makeWorld(), "agent.show"));
  expect(await screen.findByRole("button", { name: "保存 pay-db" })).toBeVisible();
  expect(screen.getByRole("status", { name: "正在加载" })).toBeVisible();
  expect(screen.queryByText("该资源代理没有参数。")).toBeNull();
});

test("a cluster is made from hosts: links are proposed, preflight comes first, the operation is in the URL", async () => {
  const net = makeWorld().on("cluster.create", ({ body }) =>
    makeOperation({ id: "op-new", kind: "cluster.create", cluster: body.name }),
  );
  const { user, router } = await open("/clusters/new", net);
  for (const name of ["node-1", "node-2", "node-3"]) await user.click(await screen.findByRole("checkbox", { name }));
  await user.click(screen.getByRole("button", { name: "下一步" }));
  await user.type(screen.getByLabelText("集群名称"), "fresh");
  expect(screen.getAllByText(/^链路 \d$/)).toHaveLength(3);
  await user.click(screen.getByRole("button", { name: "运行预检" }));
  expect(await screen.findByText("可以创建，但有警告。")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "下一步" }));
  await user.click(screen.getByRole("button", { name: "创建集群 fresh" }));
  await waitFor(() => expect(router.state.location.search).toBe("?operation=op-new"));
  expect(net.bodies("cluster.create")).toMatchObject([
    {
      name: "fresh",
      timing: { profile: "balanced" },
      nodes: [{ name: "node-1", addresses: ["10.8.0.11", "10.8.1.11", "10.8.20.11"] }, {}, {}],
    },
  ]);
});

test("a service is protected in one request: group, order of nodes and rule", async () => {
  const net = makeWorld();
  const { user, router } = await open(`${c}/protect`, net);
  await user.click(await screen.findByRole("radio", { name: /仅虚拟 IP/ }));
  await user.type(screen.getByLabelText("服务名称"), "web");
  await user.click(screen.getByRole("button", { name: "下一步" }));
  await user.type(await screen.findByLabelText(/^ip/), "10.8.20.7");
  await user.click(screen.getByRole("button", { name: "下一步" }));
  await user.click(await screen.findByRole("button", { name: "移除 pay-03" }));
  await user.click(screen.getByRole("button", { name: "pay-02 上移" }));
  await user.click(screen.getByRole("button", { name: "下一步" }));
  await user.click(await screen.findByRole("button", { name: "保护 web" }));
  await waitFor(() => expect(router.state.location.search).toBe("?resource=web"));
  expect(net.bodies("resource.create")).toMatchObject([
    {
      resource: {
        id: "web",
        kind: "group",
        members: [{ id: "web-vip", agent: "ocf:hawser:IPaddr2", parameters: { ip: "10.8.20.7", cidr_netmask: "24" } }],
      },
      constraints: [
        { kind: "location", resource: "web", node: "pay-02", score: "200" },
        { kind: "location", resource: "web", node: "pay-01", score: "100" },
      ],
    },
  ]);
});

test("a database that is protected has its data on the file system that moves with it", async () => {
  const net = makeWorld();
  const { user } = await open(`${c}/protect`, net);
  await user.click(await screen.findByRole("radio", { name: /PostgreSQL/ }));
  await user.type(screen.getByLabelText("服务名称"), "pg");
  const next = () => screen.getByRole("button", { name: "下一步" });
  await user.click(next());
  await user.type(await screen.findByLabelText(/^device/), "/dev/disk/by-id/lun-1");
  await user.type(screen.getByLabelText(/^directory/), "/srv/pg");
  // Hawser's agents say themselves what their parameters are.
  expect(screen.getByText("Mount point")).toBeInTheDocument();
  expect(screen.getByText("Data directory")).toBeInTheDocument();
  await user.type(await screen.findByLabelText(/^ip/), "10.8.20.7");
  const why = "pgsql pgdata 须在文件系统的挂载点 /srv/pg 之下，否则数据不在共享盘上";
  expect(await screen.findByText(why)).toBeInTheDocument();
  expect(next()).toBeDisabled();
  await user.type(screen.getByLabelText(/^pgdata/), "/srv/pgother");
  expect(screen.getByText(why)).toBeInTheDocument();
  await user.clear(screen.getByLabelText(/^pgdata/));
  await user.type(screen.getByLabelText(/^pgdata/), "/srv/pg/data");
  expect(screen.queryByText(why)).not.toBeInTheDocument();
  expect(next()).toBeEnabled();
});

test("a file system that is none of a block device gets the stock agent", () => {
  const part = (fstype: string) =>
    suited({ id: "fs", kind: "primitive", agent: "ocf:hawser:Filesystem", parameters: { fstype } }).agent;
  expect(part("xfs")).toBe("ocf:hawser:Filesystem");
  expect(part("nfs4")).toBe("ocf:heartbeat:Filesystem");
  expect(part("gfs2")).toBe("ocf:heartbeat:Filesystem");
});

test("a fence device shows what it is told at once, although nothing of it is required", async () => {
  await open(`${c}/resources/new?agent=stonith:fence_ipmilan`, makeWorld());
  expect(await screen.findByLabelText(/^ip/)).toBeInTheDocument();
  expect(screen.getByLabelText(/^pcmk_host_list/)).toBeInTheDocument();
  expect(screen.queryByLabelText(/^method/)).not.toBeInTheDocument();
});

test("a resource is moved to a node that can take it", async () => {
  const net = makeWorld();
  const { user } = await open(`${c}/resources`, net);
  await user.click(await screen.findByRole("button", { name: "pay 的操作" }));
  await user.click(await screen.findByRole("menuitem", { name: "迁移" }));
  const dialog = await screen.findByRole("dialog");
  expect(await within(dialog).findByRole("radio", { name: /pay-01/ })).toBeDisabled();
  await user.click(within(dialog).getByRole("radio", { name: /pay-03/ }));
  expect(dialog).toHaveTextContent("pay 先在 pay-01 停止，再在 pay-03 启动");
  await user.click(within(dialog).getByRole("button", { name: "迁移到 pay-03" }));
  await waitFor(() => expect(net.bodies("resource.move")).toEqual([{ node: "pay-03" }]));
});

test("a revision is taken back after its differences were shown the other way round", async () => {
  const net = makeWorld().on("revision.list", () => ({ items: [makeRevision()] }));
  const { user } = await open(`${c}/history`, net);
  await user.click(await screen.findByRole("button", { name: "撤销" }));
  const dialog = await screen.findByRole("dialog");
  expect(dialog.querySelector("del")).toHaveTextContent("5s");
  expect(dialog.querySelector("ins")).toHaveTextContent("10s");
  await user.click(within(dialog).getByRole("button", { name: "撤销 #12" }));
  await waitFor(() =>
    expect(net.asked.some((a) => a.route === "revision.revert" && a.path.revision === "12")).toBe(true),
  );
});

test("the command to enrol a host is shown with its token, and the host as it arrives", async () => {
  const net = makeWorld();
  const { user } = await open("/hosts", net);
  await user.click(await screen.findByRole("button", { name: "注册主机" }));
  await user.click(await screen.findByRole("button", { name: "签发令牌" }));
  await screen.findByText(/^hawser-agent enroll --server https/);
  const before = await net
    .fetch("/api/v1/hosts")
    .then((r) => r.json() as Promise<{ items: { id: string; name: string }[] }>);
  net.on("host.list", () => ({
    items: [
      ...(before.items as never[]),
      { ...(before.items[0] as never as object), id: "host-new", name: "node-9" } as never,
    ],
  }));
  expect(await screen.findByText("node-9 已注册")).toBeInTheDocument();
});
