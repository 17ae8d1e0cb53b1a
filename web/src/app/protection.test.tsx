import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";

import { makeFencing } from "../fake/protection";
import { makeWorld } from "../fake/world";
import { open } from "../test/render";

const c = "/c/pay-core";

test("a fence test waits until the node's name is typed, and sends the device that was chosen", async () => {
  const net = makeWorld();
  const { user } = await open(`${c}/fencing`, net);
  await user.click((await screen.findAllByRole("button", { name: "测试隔离" }))[1] ?? document.body);
  const dialog = await screen.findByRole("dialog");
  expect(dialog).toHaveTextContent("pay-02 会立即断电重启");
  const act = within(dialog).getByRole("button", { name: "隔离 pay-02" });
  expect(act).toBeDisabled();
  await user.type(within(dialog).getByLabelText("名称"), "pay-02");
  await user.click(act);
  await waitFor(() => expect(net.bodies("fence.test")).toEqual([{ node: "pay-02", confirm: "pay-02" }]));
});

test("a node that no device covers cannot be tested, and the page says which", async () => {
  await open(`${c}/fencing`, makeWorld());
  const row = (await screen.findByRole("rowheader", { name: /pay-03/ })).closest("tr");
  expect(row).toHaveTextContent("没有设备");
  expect(within(row ?? document.body).getByRole("button", { name: "测试隔离" })).toBeDisabled();
});

test("what the cluster is waiting for is said on the fencing page", async () => {
  const net = makeWorld().on("fence.list", () =>
    makeFencing({ waiting: [{ code: "node_unclean", level: "unprotected", args: { node: "pay-02" } }] }),
  );
  await open(`${c}/fencing`, net);
  expect(await screen.findByText("集群正在等待")).toBeVisible();
});

test("levels are sent in their order", async () => {
  const net = makeWorld();
  const { user } = await open(`${c}/fencing`, net);
  await user.click((await screen.findAllByRole("button", { name: "级别" }))[0] ?? document.body);
  const dialog = await screen.findByRole("dialog");
  await user.click(within(dialog).getByRole("button", { name: /添加第 1 级/ }));
  expect(within(dialog).getByRole("button", { name: "保存" })).toBeDisabled();
  await user.click(within(dialog).getByRole("combobox", { name: "第 1 级" }));
  await user.click(await screen.findByTitle("fence-pay-02"));
  await user.click(within(dialog).getByRole("button", { name: "保存" }));
  await waitFor(() =>
    expect(net.bodies("fence.levels")).toMatchObject([{ node: "pay-01", levels: [["fence-pay-02"]] }]),
  );
});

test("one click on the verdict shows what it stands on", async () => {
  const { user } = await open(c, makeWorld());
  await user.click(await screen.findByRole("button", { name: "为什么" }));
  const drawer = await screen.findByRole("dialog");
  expect(await within(drawer).findByText("不利的依据（1）")).toBeVisible();
  expect(within(drawer).getByText("来自 Hawser 的记录")).toBeVisible();
});
