import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";

import { makeSession } from "../fake/data";
import { makeHealth, makeHealthPlan, makeHealthPolicy } from "../fake/health";
import { FakeFault } from "../fake/network";
import { makeWorld } from "../fake/world";
import { routes } from "../api/routes.gen";
import { broken, open } from "../test/render";

const page = "/c/pay-core/health";
const version = { adminEpoch: 0, epoch: 42, numUpdates: 0 };

test("the node that is not well comes first, with its value, its colour and since when", async () => {
  await open(page, makeWorld());
  expect(await screen.findByRole("heading", { level: 1 })).toHaveTextContent("pay-01 为黄色：CPU 负载 86 %。");
  const node = screen.getByRole("region", { name: "pay-01" });
  expect(within(node).getByRole("img", { name: "CPU 负载 86 %，黄色，黄色 80 %，红色 95 %" })).toBeVisible();
  expect(within(node).getByText("2 分钟前")).toBeVisible();
  expect(screen.getByText(/其余 2 个在线节点健康。/)).toHaveTextContent(/^变色于 2 分钟前。/);
  expect(await within(node).findByRole("img", { name: "CPU 负载，最近一小时" })).toBeVisible();
});

test("a kind that a resource of the cluster measures says so, and has no colour of ours", async () => {
  await open(page, makeWorld());
  const node = await screen.findByRole("region", { name: "pay-02" });
  expect(within(node).getByText("由 disk-health 测量")).toBeVisible();
  expect(within(node).getByRole("img", { name: /^磁盘 71 %，未着色/ })).toBeVisible();
});

test("what cannot be measured, and a node that has told nothing, are no green nodes", async () => {
  const shown = makeHealth();
  const [first, second] = shown.nodes ?? [];
  if (!first?.health || !second) throw new Error("the fake has no nodes");
  const { health: _, ...silent } = second;
  const blind = {
    ...first,
    colour: "green" as const,
    health: {
      node: first.node,
      kinds: [
        {
          kind: "cpu" as const,
          colour: "green" as const,
          readings: [{ measure: "cpu" as const, percent: 0, red: 95, yellow: 80, error: "/proc/stat: EIO" }],
        },
      ],
    },
  };
  await open(
    page,
    makeWorld().on("health.show", () => ({ ...shown, nodes: [blind, silent] })),
  );
  expect(await screen.findByRole("heading", { level: 1 })).toHaveTextContent("有节点无法测量：pay-01。");
  expect(screen.getByText("无法测量：/proc/stat: EIO")).toBeVisible();
  expect(screen.getByText("代理尚未上报测量值。")).toBeVisible();
});

test("each node says what runs on it, and the page when which colour changed", async () => {
  const at = new Date(Date.now() - 120_000).toISOString();
  const event = (id: number, kind: string, severity: "info" | "critical", value: string) => ({
    id,
    at,
    cluster: "pay-core",
    kind,
    severity,
    object: "pay-01",
    args: { node: "pay-01", kind: "cpu", value, threshold: "95" },
  });
  const net = makeWorld().on("event.list", ({ query }) => ({
    items:
      query.get("kind") === "health.*" && query.get("cluster") === "pay-core"
        ? [event(2, "health.green", "info", "40"), event(1, "health.red", "critical", "99")]
        : [],
  }));
  await open(page, net);
  const runs = await screen.findByRole("group", { name: "pay-01 上运行的资源" });
  expect(within(runs).getByRole("link", { name: "pay-vip" })).toHaveAttribute(
    "href",
    "/c/pay-core/resources?resource=pay-vip",
  );
  const changes = await screen.findByRole("region", { name: "变色记录" });
  const lines = await within(changes).findAllByRole("listitem");
  expect(lines.map((l) => l.textContent)).toEqual([
    expect.stringContaining("pay-01 恢复健康"),
    expect.stringContaining("99 %"),
  ]);
  expect(within(changes).getByRole("link", { name: "全部" })).toHaveAttribute("href", "/c/pay-core/logs?about=health");
});

test("a cluster whose nodes never changed their colour says so", async () => {
  await open(
    page,
    makeWorld().on("event.list", () => ({ items: [] })),
  );
  expect(await screen.findByText("还没有节点变过色。")).toBeVisible();
});

test("what would move is asked for the colours as they are, and for one that is thought of", async () => {
  const net = makeWorld();
  const { user } = await open(page, net);
  const card = await screen.findByRole("region", { name: "会迁移什么" });
  expect(await within(card).findByText("pay-01 · CPU 负载 · 黄色")).toBeVisible();
  await user.click(within(card).getByRole("combobox", { name: "假设的节点" }));
  await user.click(await screen.findByTitle("pay-03"));
  expect(await within(card).findByText("pay-03 · CPU 负载 · 红色")).toBeVisible();
  expect(within(card).getByRole("region", { name: "推演结果" })).toHaveTextContent("pay 至少中断 9.9 s");
  await user.click(within(card).getByText("内存"));
  await waitFor(() =>
    expect(net.bodies("health.whatif").at(-1)).toEqual({ colours: [{ node: "pay-03", kind: "mem", colour: "red" }] }),
  );
  expect(net.bodies("health.whatif")[0]).toEqual({});
});

test("a change shows what it would do before it can be saved, and is sent with the version that was seen", async () => {
  const net = makeWorld();
  const { user } = await open(page, net);
  const card = await screen.findByRole("region", { name: "策略" });
  await user.click(within(card).getByRole("radio", { name: /红色或黄色时迁移/ }));
  const cpu = within(card).getByRole("region", { name: "CPU 负载" });
  const yellow = within(cpu).getByRole("spinbutton", { name: "黄色" });
  await user.clear(yellow);
  await user.type(yellow, "70");
  expect(within(card).queryByRole("button", { name: /保\s?存/ })).toBeNull();
  await user.click(within(card).getByRole("button", { name: /先看会发生什么/ }));
  await within(card).findByRole("region", { name: "推演结果" });
  const before = makeHealthPolicy();
  const policy = { ...before, move: "yellow", cpu: { ...before.cpu, yellow: 70 } };
  expect(net.bodies("health.whatif").at(-1)).toEqual({ policy });
  expect(net.bodies("health.set")).toEqual([]);
  await user.click(within(card).getByRole("button", { name: /保\s?存/ }));
  await waitFor(() => expect(net.bodies("health.set")).toEqual([{ ...policy, version }]));
});

test("a rule of one node is its own until it is taken away", async () => {
  const net = makeWorld();
  const { user } = await open(page, net);
  const card = await screen.findByRole("region", { name: "策略" });
  await user.click(within(card).getByRole("combobox", { name: "规则适用于" }));
  await user.click(await screen.findByTitle("pay-03（单独规则）"));
  const own = (kind: string) =>
    within(within(card).getByRole("region", { name: kind })).getByRole("checkbox", { name: "单独规则" });
  expect(own("内存")).toBeChecked();
  expect(own("CPU 负载")).not.toBeChecked();
  await user.click(own("内存"));
  await user.click(own("CPU 负载"));
  await user.click(within(card).getByRole("button", { name: /先看会发生什么/ }));
  const before = makeHealthPolicy();
  await waitFor(() =>
    expect(net.bodies("health.whatif").at(-1)).toEqual({
      policy: { ...before, nodes: [{ node: "pay-03", cpu: before.cpu }] },
    }),
  );
});

test("what is wrong is said at its field, before saving and when saving is refused", async () => {
  const refuse = (path: string) =>
    new FakeFault(422, {
      code: "invalid",
      reason: "fields",
      message: "not valid",
      fields: [{ path, reason: "health.red_below_yellow", message: "x", args: { red: "95", yellow: "96" } }],
    });
  const net = makeWorld().on("health.whatif", ({ body }) =>
    body.policy?.cpu.yellow === 96 ? refuse("policy.cpu.red") : makeHealthPlan(body),
  );
  net.on("health.set", () => refuse("disk.red"));
  const { user } = await open(page, net);
  const card = await screen.findByRole("region", { name: "策略" });
  const field = (kind: string, name: string) =>
    within(within(card).getByRole("region", { name: kind })).getByRole("spinbutton", { name });
  const said = "红色阈值（95 %）必须高于黄色阈值（96 %）。";
  await user.clear(field("CPU 负载", "黄色"));
  await user.type(field("CPU 负载", "黄色"), "96");
  await user.click(within(card).getByRole("button", { name: /先看会发生什么/ }));
  expect(await within(within(card).getByRole("region", { name: "CPU 负载" })).findByText(said)).toBeInTheDocument();
  expect(within(card).queryByRole("button", { name: /保\s?存/ })).toBeNull();
  await user.clear(field("CPU 负载", "黄色"));
  await user.type(field("CPU 负载", "黄色"), "90");
  await user.click(within(card).getByRole("button", { name: /先看会发生什么/ }));
  await user.click(await within(card).findByRole("button", { name: /保\s?存/ }));
  expect(await within(within(card).getByRole("region", { name: "磁盘" })).findByText(said)).toBeInTheDocument();
});

test("where nobody can say what would happen, the reason is told and it can be saved all the same", async () => {
  const net = makeWorld().on("health.whatif", () => broken("health.nothing_known", 409));
  const { user } = await open(page, net);
  const card = await screen.findByRole("region", { name: "策略" });
  await user.click(within(card).getByRole("switch", { name: "启用 内存" }));
  await user.click(within(card).getByRole("button", { name: /先看会发生什么/ }));
  expect(await within(card).findByRole("alert")).toBeVisible();
  await user.click(within(card).getByRole("button", { name: /保\s?存/ }));
  await waitFor(() => expect(net.bodies("health.set")).toMatchObject([{ mem: { on: false } }]));
});

test("all of it is taken away only after it was confirmed", async () => {
  const net = makeWorld();
  const { user } = await open(page, net);
  await user.click(await screen.findByRole("button", { name: "去掉智能迁移" }));
  const dialog = await screen.findByRole("dialog");
  await within(dialog).findByRole("region", { name: "推演结果" });
  expect(net.asked.some((a) => a.route === "health.unset")).toBe(false);
  await user.click(within(dialog).getByRole("button", { name: "去掉智能迁移" }));
  await waitFor(() => expect(net.asked.some((a) => a.route === "health.unset")).toBe(true));
});

test("who may only look sees everything and can change nothing", async () => {
  const net = makeWorld().on("session.show", () =>
    makeSession({
      permissions: Object.keys(routes).filter((r) => r !== "health.set" && r !== "health.unset"),
    }),
  );
  await open(page, net);
  const card = await screen.findByRole("region", { name: "策略" });
  expect(await within(card).findByText("您的角色不能修改智能迁移")).toBeVisible();
  expect(within(card).getByRole("radio", { name: /关闭/ })).toBeDisabled();
  expect(within(card).getByRole("button", { name: /先看会发生什么/ })).toBeDisabled();
  expect(screen.queryByRole("button", { name: "去掉智能迁移" })).toBeNull();
});

test("where it is off the page says what that means and asks the scheduler nothing", async () => {
  const net = makeWorld().on("health.show", () => {
    const shown = makeHealth({ policy: makeHealthPolicy({ move: "off" }) });
    return { ...shown, nodes: (shown.nodes ?? []).map((n) => ({ ...n, colour: "green" as const })) };
  });
  await open(page, net);
  expect(await screen.findByRole("heading", { level: 1 })).toHaveTextContent(/^智能迁移已关闭：/);
  expect(screen.getByText(/颜色不会引起迁移/)).toBeVisible();
  expect(net.bodies("health.whatif")).toEqual([]);
});
