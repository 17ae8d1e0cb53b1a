import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";

import { makeSession } from "../fake/data";
import { makeFound } from "../fake/insight";
import { makeWorld } from "../fake/world";
import { broken, open } from "../test/render";

const line = async (name: string) => (await screen.findByText(name)).closest("li") ?? document.body;
const found = () => makeWorld().on("cluster.discover", () => ({ items: makeFound() }));

test("a cluster that others built is shown with its state, and taken into management after what that means was said", async () => {
  const net = found();
  const { user } = await open("/", net);
  expect(await line("kwdb")).toHaveTextContent("1/2 个节点在线，3/4 个资源运行");
  expect(await line("kwdb")).toHaveTextContent("kw-1、kw-2（没有代理）");
  expect(await line("kwdb")).toHaveTextContent("没有隔离设备");
  await user.click(screen.getByRole("button", { name: "纳管 kwdb" }));
  const dialog = await screen.findByRole("dialog");
  expect(dialog).toHaveTextContent("只读取，不写集群的任何文件，不重启任何服务");
  expect(dialog).toHaveTextContent("kw-2 还没有代理");
  expect(net.bodies("cluster.adopt")).toEqual([]);
  await user.click(within(dialog).getByRole("button", { name: "纳管 kwdb" }));
  await waitFor(() => expect(net.bodies("cluster.adopt")).toEqual([{}]));
});

test("what cannot be adopted says why", async () => {
  await open("/", found());
  expect(await line("double")).toHaveTextContent("集群 double 已存在");
  expect(screen.getByRole("button", { name: "纳管 double" })).toBeDisabled();
});

test("who may only look cannot adopt", async () => {
  await open(
    "/",
    found().on("session.show", () => makeSession({ permissions: ["cluster.list", "cluster.discover"] })),
  );
  expect(within(await line("kwdb")).getByRole("button", { name: "纳管 kwdb" })).toBeDisabled();
});

test("where nothing is found, or nobody can say, the overview is as it was", async () => {
  await open(
    "/",
    makeWorld().on("cluster.discover", () => broken("internal")),
  );
  expect(await screen.findByText(/1 个集群未受保护/)).toBeVisible();
  expect(screen.queryByRole("heading", { name: "发现的集群" })).toBeNull();
});

test("on a server that manages nothing yet, what was found stands beside how to begin", async () => {
  await open(
    "/",
    found().on("cluster.list", () => ({ items: [] })),
  );
  expect(await screen.findByText("还没有集群")).toBeVisible();
  expect(await line("kwdb")).toBeVisible();
});
