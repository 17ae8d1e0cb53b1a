import { screen, waitFor } from "@testing-library/react";
import { describe, expect, test } from "vitest";

import type { RouteName } from "../api/types";
import { makeWorld } from "../fake/world";
import type { FakeNetwork } from "../fake/network";
import { broken, open, silent } from "../test/render";

interface Page {
  name: string;
  path: string;
  /** The route whose answer the page is made of. */
  route: RouteName;
  /** A word of the page when it is ready. */
  ready: RegExp;
  /** What it says where there is nothing yet. */
  empty?: { set: (net: FakeNetwork) => void; text: string };
}

const c = "/c/pay-core";
const pages: Page[] = [
  {
    name: "overview",
    path: "/",
    route: "cluster.list",
    ready: /1 个集群未受保护/,
    empty: { set: (n) => n.on("cluster.list", () => ({ items: [] })), text: "还没有集群" },
  },
  {
    name: "hosts",
    path: "/hosts",
    route: "host.list",
    ready: /1 台主机未连接/,
    empty: { set: (n) => n.on("host.list", () => ({ items: [] })), text: "还没有主机" },
  },
  { name: "migrate", path: "/clusters/migrate", route: "host.list", ready: /将文件拖到此处/ },
  { name: "users", path: "/users", route: "user.list", ready: /liwei/ },
  { name: "license", path: "/license", route: "license.status", ready: /授权只影响新增/ },
  {
    name: "audit",
    path: "/audit",
    route: "audit.list",
    ready: /启用备用/,
    empty: { set: (n) => n.on("audit.list", () => ({ items: [] })), text: "没有记录" },
  },
  {
    name: "events",
    path: "/events",
    route: "event.list",
    ready: /pay 已从 pay-02 切换到 pay-01/,
    empty: { set: (n) => n.on("event.list", () => ({ items: [] })), text: "还没有事件" },
  },
  {
    name: "logs",
    path: `${c}/logs`,
    route: "timeline.list",
    ready: /pay 已从 pay-02 切换到 pay-01/,
    empty: { set: (n) => n.on("timeline.list", () => ({ items: [] })), text: "还没有事件" },
  },
  { name: "summary", path: c, route: "cluster.show", ready: /心跳链路 1 中断/ },
  {
    name: "nodes",
    path: `${c}/nodes`,
    route: "node.list",
    ready: /3 个节点全部在线/,
    empty: { set: (n) => n.on("node.list", () => ({ items: [] })), text: "没有节点" },
  },
  {
    name: "resources",
    path: `${c}/resources`,
    route: "resource.list",
    ready: /1 个资源故障/,
    empty: { set: (n) => n.on("resource.list", () => ({ items: [] })), text: "还没有资源" },
  },
  { name: "heartbeat", path: `${c}/heartbeat`, route: "cluster.show", ready: /1 处心跳中断/ },
  { name: "fencing", path: `${c}/fencing`, route: "fence.list", ready: /有节点无法隔离/ },
  {
    name: "checks",
    path: `${c}/checks`,
    route: "check.list",
    ready: /隔离已关闭/,
    empty: { set: (n) => n.on("check.list", () => ({ items: [] })), text: "未发现问题" },
  },
  {
    name: "history",
    path: `${c}/history`,
    route: "revision.list",
    ready: /#11/,
    empty: { set: (n) => n.on("revision.list", () => ({ items: [] })), text: "还没有配置版本" },
  },
  { name: "preferences", path: `${c}/preferences`, route: "cluster.show", ready: /stonith-enabled/ },
  {
    name: "create",
    path: "/clusters/new",
    route: "host.list",
    ready: /node-1/,
    empty: { set: (n) => n.on("host.list", () => ({ items: [] })), text: "还没有主机" },
  },
  { name: "protect", path: `${c}/protect`, route: "cluster.show", ready: /PostgreSQL/ },
];

describe.each(pages)("$name", ({ path, route, ready }) => {
  test("is an outline while it loads", async () => {
    await open(path, silent(makeWorld(), route));
    expect(await screen.findByRole("status", { name: "正在加载" })).toBeVisible();
  });

  test("says what failed, and asks again", async () => {
    const net = makeWorld();
    const { user } = await open(
      path,
      net.on(route, () => broken("internal") as never),
    );
    expect(await screen.findByRole("alert")).toHaveTextContent("内部错误");
    const asked = net.bodies(route).length;
    await user.click(screen.getByRole("button", { name: "重试" }));
    await waitFor(() => expect(net.bodies(route).length).toBeGreaterThan(asked));
  });

  test("shows what there is", async () => {
    await open(path, makeWorld());
    expect((await screen.findAllByText(ready))[0]).toBeVisible();
  });
});

test.each(pages.filter((p) => p.empty))("$name says what it is for where there is nothing", async ({ path, empty }) => {
  const net = makeWorld();
  empty?.set(net);
  await open(path, net);
  expect(await screen.findByText(empty?.text ?? "")).toBeVisible();
});
