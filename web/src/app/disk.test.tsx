import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";

import { makeDetail, makeLinks } from "../fake/data";
import { heartbeatDisk, makeDisk } from "../fake/protection";
import { makeWorld } from "../fake/world";
import { broken, open, silent } from "../test/render";

const page = "/c/pay-core/heartbeat";
const card = async () => (await screen.findByRole("heading", { name: "磁盘心跳" })).closest("section") ?? document.body;
const off = () => makeWorld().on("diskhb.show", () => makeDisk({ enabled: false, nodes: [] }));

/** A cluster with a disk link on which pay-02 has lost every network. */
function alone() {
  const detail = makeDetail();
  const cut = ["pay-02/0", "pay-02/1", "pay-02/2"];
  const nodes = ["pay-01", "pay-02", "pay-03"];
  const disk = makeLinks(nodes, 1).map((l) => ({ ...l, link: 7, kind: "disk" as const, latencyUs: 6200 }));
  return {
    ...detail,
    setup: detail.setup && {
      ...detail.setup,
      links: [0, 1, 2, 7].map((number) => ({ number, kind: number === 7 ? ("disk" as const) : ("network" as const) })),
      nodes: (detail.setup.nodes ?? []).map((n, i) => ({
        ...n,
        addresses: [...(n.addresses ?? []), `192.168.250.${i + 1}`],
      })),
    },
    ...(detail.state ? { state: { ...detail.state, links: [...makeLinks(nodes, 3, cut), ...disk] } } : {}),
  };
}

test("the disk heartbeat is an outline while it loads, says what failed, and what it is for where there is none", async () => {
  await open(page, silent(makeWorld(), "diskhb.show"));
  expect(within(await card()).getByRole("status", { name: "正在加载" })).toBeVisible();
});

test("what failed about the disk heartbeat is said in its card, and asked again", async () => {
  const net = makeWorld().on("diskhb.show", () => broken("internal"));
  const { user } = await open(page, net);
  expect(await within(await card()).findByRole("alert")).toHaveTextContent("内部错误");
  const asked = net.bodies("diskhb.show").length;
  await user.click(within(await card()).getByRole("button", { name: "重试" }));
  await waitFor(() => expect(net.bodies("diskhb.show").length).toBeGreaterThan(asked));
});

test("each node's daemon is shown with its state, and with why", async () => {
  await open(page, makeWorld());
  const row = (await within(await card()).findByRole("rowheader", { name: /pay-02/ })).closest("tr");
  expect(row).toHaveTextContent("磁盘无响应");
  expect(row).toHaveTextContent("read of slot 2: input/output error");
  expect(within(await card()).getByText("没有实时优先级")).toBeVisible();
});

test("nodes that the disk alone connects are named first, and disabling it then warns", async () => {
  const net = makeWorld().on("cluster.show", () => alone());
  const { user } = await open(page, net);
  const verdict = await screen.findByRole("heading", { level: 1 });
  expect(verdict).toHaveTextContent("只靠磁盘心跳相连：pay-01 与 pay-02、pay-02 与 pay-03");
  expect(screen.getAllByRole("columnheader", { name: /磁盘心跳/ })[0]).toBeVisible();
  expect(screen.queryByRole("columnheader", { name: /链路 3/ })).toBeNull();
  await user.click(await within(await card()).findByRole("button", { name: "停用" }));
  expect(await screen.findByRole("dialog")).toHaveTextContent("集群会分裂并隔离节点");
});

test("a blank disk that all nodes see is enabled with nothing to destroy", async () => {
  const net = off();
  const { user } = await open(page, net);
  await user.click(await within(await card()).findByRole("button", { name: "启用磁盘心跳" }));
  const drawer = await screen.findByRole("dialog");
  const enable = within(drawer).getByRole("button", { name: "启用磁盘心跳" });
  expect(enable).toBeDisabled();
  await user.click(within(drawer).getByRole("combobox", { name: "共享磁盘" }));
  // Of one host alone, and too small.
  expect(screen.queryByText(/ata-local/)).toBeNull();
  expect(screen.queryByText(/cafe/)).toBeNull();
  await user.click(await screen.findByText(heartbeatDisk));
  expect(await within(drawer).findByText("空白盘，各节点所见一致。")).toBeVisible();
  await user.click(enable);
  await waitFor(() => expect(net.bodies("diskhb.enable")).toEqual([{ device: heartbeatDisk }]));
});

test("a disk that carries something is destroyed only after it was named", async () => {
  const net = off();
  const { user } = await open(page, net);
  await user.click(await within(await card()).findByRole("button", { name: "启用磁盘心跳" }));
  const drawer = await screen.findByRole("dialog");
  await user.type(within(drawer).getByRole("combobox", { name: "共享磁盘" }), "/dev/disk/by-id/wwn-0x6001405beef");
  await user.tab();
  expect(await within(drawer).findByText("盘上有 ext4。")).toBeVisible();
  const enable = await within(drawer).findByRole("button", { name: "销毁 ext4 并启用" });
  expect(enable).toBeDisabled();
  await user.type(within(drawer).getByLabelText("盘上的内容"), "ext4");
  await user.click(enable);
  await waitFor(() =>
    expect(net.bodies("diskhb.enable")).toEqual([{ device: "/dev/disk/by-id/wwn-0x6001405beef", destroy: ["ext4"] }]),
  );
});

test("a disk that a node does not have cannot be enabled, and the page says which node", async () => {
  const { user } = await open(page, off());
  await user.click(await within(await card()).findByRole("button", { name: "启用磁盘心跳" }));
  const drawer = await screen.findByRole("dialog");
  await user.type(within(drawer).getByRole("combobox", { name: "共享磁盘" }), "/dev/sdz");
  await user.tab();
  expect(await within(drawer).findAllByText("有节点无法查看该磁盘。")).not.toHaveLength(0);
  expect(within(drawer).getByText(/节点 pay-01 上没有块设备/)).toBeVisible();
  expect(within(drawer).getByRole("button", { name: "启用磁盘心跳" })).toBeDisabled();
});
