import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";

import { makeHost, makeSession } from "../fake/data";
import { FakeFault } from "../fake/network";
import { makeQDevice } from "../fake/protection";
import { makeWorld } from "../fake/world";
import { broken, open, silent } from "../test/render";

const page = "/c/pay-core/heartbeat";
const card = async () => (await screen.findByRole("heading", { name: "仲裁设备" })).closest("section") ?? document.body;
const none = () => makeWorld().on("qdevice.show", () => ({}));

test("the quorum device is an outline while it loads", async () => {
  await open(page, silent(makeWorld(), "qdevice.show"));
  expect(within(await card()).getByRole("status", { name: "正在加载" })).toBeVisible();
});

test("what failed about the quorum device is said in its card", async () => {
  await open(
    page,
    makeWorld().on("qdevice.show", () => broken("internal")),
  );
  expect(await within(await card()).findByRole("alert")).toHaveTextContent("内部错误");
});

test("what the nodes and the arbiter say of each other stands side by side, and what is wrong before it", async () => {
  await open(page, makeWorld());
  const within03 = (await within(await card()).findByRole("rowheader", { name: "pay-03" })).closest("tr");
  expect(within03).toHaveTextContent("未连接Connect failed看不到该节点没有票未通过");
  const first = within(await card())
    .getByRole("rowheader", { name: "pay-01" })
    .closest("tr");
  expect(first).toHaveTextContent("已连接，证书有效10.8.20.11票投给该节点一侧通过");
  expect(within(await card()).getByText(/pay-03 未连接 10.8.20.101：票数在该处不计/)).toBeVisible();
  expect(within(await card()).getByText(/pay-02 的连接没有经过证书验证/)).toBeVisible();
  // The configuration gives the ID 2.
  expect(await card()).toHaveTextContent("平局时获胜的一侧pay-02");
});

test("a host is chosen, what the cluster then survives is shown, and that is what is sent", async () => {
  const net = none().on("host.list", () => {
    return {
      items: [
        makeHost({ name: "pay-01", cluster: "pay-core" }),
        makeHost({ name: "sso-1", cluster: "sso" }),
        makeHost({ name: "arb-1" }),
      ],
    };
  });
  const { user } = await open(page, net);
  await user.click(await within(await card()).findByRole("button", { name: "设置仲裁设备" }));
  const drawer = await screen.findByRole("dialog");
  const set = within(drawer).getByRole("button", { name: "设置仲裁设备" });
  expect(set).toBeDisabled();
  expect(within(drawer).getByText("先选择仲裁主机")).toBeVisible();
  await user.click(within(drawer).getByRole("combobox", { name: "仲裁主机" }));
  expect(screen.queryByTitle("pay-01")).toBeNull();
  expect((await screen.findByTitle("sso-1（集群 sso 的节点）")).closest(".ant-select-item")).toHaveClass(
    "ant-select-item-option-disabled",
  );
  await user.click(screen.getByTitle("arb-1"));
  expect((await within(drawer).findAllByText(/可同时失去任意 2 个/))[0]).toBeVisible();
  expect(within(drawer).getByText("已为其他集群仲裁：ledger-db")).toBeVisible();
  expect(within(drawer).getByText(/选项将被清除：two_node.{1,3}wait_for_all/)).toBeVisible();
  await user.click(within(drawer).getByRole("radio", { name: /lms/ }));
  expect(await within(drawer).findByText(/几乎不能再失去节点/)).toBeVisible();
  await user.type(within(drawer).getByRole("combobox", { name: "启发式检测地址" }), "10.8.20.254{Enter}");
  await waitFor(() => expect(set).toBeEnabled());
  await user.click(set);
  await waitFor(() =>
    expect(net.bodies("qdevice.set")).toEqual([
      { host: "arb-1", algorithm: "lms", tieBreaker: "lowest", ping: ["10.8.20.254"] },
    ]),
  );
});

test("a plan that is refused says so at its field, and nothing can be sent", async () => {
  const net = none().on(
    "qdevice.plan",
    () =>
      new FakeFault(422, {
        code: "invalid",
        reason: "fields",
        message: "no network",
        fields: [
          { path: "address", reason: "qdevice.no_common_network", message: "no network", args: { host: "node-1" } },
        ],
      }),
  );
  const { user } = await open(page, net);
  await user.click(await within(await card()).findByRole("button", { name: "设置仲裁设备" }));
  const drawer = await screen.findByRole("dialog");
  await user.click(within(drawer).getByRole("combobox", { name: "仲裁主机" }));
  await user.click(await screen.findByTitle("node-1"));
  expect(await within(drawer).findAllByText(/没有一个网络同时包含所有节点与 node-1/)).not.toHaveLength(0);
  expect(within(drawer).getByRole("button", { name: "设置仲裁设备" })).toBeDisabled();
});

test("a change begins with what is there, and a node stands for its ID", async () => {
  const net = makeWorld();
  const { user } = await open(page, net);
  await user.click(await within(await card()).findByRole("button", { name: "修改" }));
  const drawer = await screen.findByRole("dialog");
  await waitFor(() =>
    expect(net.bodies("qdevice.plan")).toEqual([
      { host: "arb-1", address: "10.8.20.101", algorithm: "ffsplit", tieBreaker: "pay-02", ping: ["10.8.20.254"] },
    ]),
  );
  await waitFor(() => expect(within(drawer).getByRole("button", { name: "保存" })).toBeEnabled());
});

test("removing says what the votes are worth afterwards", async () => {
  const net = makeWorld().on("qdevice.show", () => ({ device: makeQDevice({ connected: true }) }));
  const { user } = await open(page, net);
  await user.click(await within(await card()).findByRole("button", { name: "移除" }));
  const dialog = await screen.findByRole("dialog");
  expect(dialog).toHaveTextContent("共 3 票，需要 2 票：最多可同时失去 1 个节点");
  await user.click(within(dialog).getByRole("button", { name: "移除 arb-1" }));
  await waitFor(() => expect(net.bodies("qdevice.remove")).toHaveLength(1));
});

test("who may only look sees the device and can change nothing", async () => {
  const net = makeWorld().on("session.show", () => makeSession({ permissions: ["qdevice.show"] }));
  await open(page, net);
  expect(await within(await card()).findByRole("rowheader", { name: "pay-01" })).toBeVisible();
  expect(within(await card()).getByRole("button", { name: "修改" })).toBeDisabled();
  expect(within(await card()).getByRole("button", { name: "移除" })).toBeDisabled();
});
