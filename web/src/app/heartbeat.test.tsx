import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";

import { makeWorld } from "../fake/world";
import { broken, open } from "../test/render";

const c = "/c/pay-core";

test("a change of votes is planned by the server before it can be saved", async () => {
  const net = makeWorld();
  const { user } = await open(`${c}/heartbeat`, net);
  const card = (await screen.findByText("法定票数")).closest("section");
  await user.click(await within(card ?? document.body).findByRole("button", { name: "修改" }));
  const drawer = await screen.findByRole("dialog");
  expect(within(drawer).getByRole("button", { name: "保存" })).toBeDisabled();
  const votes = within(drawer).getByLabelText("pay-01 的票数");
  await user.clear(votes);
  await user.type(votes, "3");
  expect(await within(drawer).findByText(/再失去任何一个节点/)).toBeVisible();
  await user.click(within(drawer).getByRole("button", { name: "保存" }));
  await waitFor(() => expect(net.bodies("quorum.edit")).toEqual([{ votes: { "pay-01": 3 } }]));
});

test("a change of votes that the server refuses says why, and cannot be saved", async () => {
  const net = makeWorld().on("quorum.plan", () => broken("internal"));
  const { user } = await open(`${c}/heartbeat`, net);
  const card = (await screen.findByText("法定票数")).closest("section");
  await user.click(await within(card ?? document.body).findByRole("button", { name: "修改" }));
  const drawer = await screen.findByRole("dialog");
  await user.click(within(drawer).getByRole("checkbox", { name: /last_man_standing/ }));
  expect(await within(drawer).findByRole("alert")).toBeVisible();
  expect(within(drawer).getByRole("button", { name: "保存" })).toBeDisabled();
});

test("the heartbeat page says which node's file is old, and what each profile would mean", async () => {
  await open(`${c}/heartbeat`, makeWorld());
  expect(await screen.findByText("pay-03 的 corosync.conf 是旧的。")).toBeVisible();
  expect(await screen.findByText("令牌 700 ms，1.5 s 内发现节点失联")).toBeVisible();
});

test("a link is removed after its consequence was said", async () => {
  const net = makeWorld();
  const { user } = await open(`${c}/heartbeat`, net);
  await user.click(await screen.findByRole("button", { name: "链路 1 的操作" }));
  await user.click(await screen.findByRole("menuitem", { name: "移除" }));
  const dialog = await screen.findByRole("dialog");
  expect(dialog).toHaveTextContent("移除后还剩 1 路网络心跳");
  await user.click(within(dialog).getByRole("button", { name: "移除链路 1" }));
  await waitFor(() => expect(net.asked.some((a) => a.route === "link.remove" && a.path.link === "1")).toBe(true));
});
