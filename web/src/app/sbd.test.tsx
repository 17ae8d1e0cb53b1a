import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";

import { heartbeatDisk, makeFencing, makeSbdOff } from "../fake/protection";
import { makeWorld } from "../fake/world";
import { broken, open, silent } from "../test/render";

const page = "/c/pay-core/fencing";
const card = async () => (await screen.findByRole("heading", { name: "SBD" })).closest("section") ?? document.body;
const off = () => makeWorld().on("sbd.show", () => makeSbdOff());

test("SBD is an outline while it loads", async () => {
  await open(page, silent(makeWorld(), "sbd.show"));
  expect(within(await card()).getByRole("status", { name: "正在加载" })).toBeVisible();
});

test("what failed about SBD is said in its card", async () => {
  await open(
    page,
    makeWorld().on("sbd.show", () => broken("internal")),
  );
  expect(await within(await card()).findByRole("alert")).toHaveTextContent("内部错误");
});

test("SBD says what it is for where it is not set up", async () => {
  await open(page, off());
  expect(await within(await card()).findByText("没有配置 SBD")).toBeVisible();
});

test("SBD shows each node's watchdog and disk, what is wrong, and the rule behind each time", async () => {
  await open(page, makeWorld());
  const row = (await within(await card()).findByRole("rowheader", { name: "pay-02" })).closest("tr");
  expect(row).toHaveTextContent("/dev/watchdog1");
  expect(row).toHaveTextContent("头部有效");
  expect(within(await card()).getByText(/pay-03 只有 softdog/)).toBeVisible();
  const time = within(await card()).getByRole("rowheader", { name: /msgwait/ });
  expect(time.closest("tr")).toHaveTextContent("10 s看门狗 5 秒的两倍");
});

test("diskless SBD sends each node's own watchdog; what follows is shown, and a restart only where it was asked for", async () => {
  const net = off();
  const { user } = await open(page, net);
  await user.click(await within(await card()).findByRole("button", { name: "配置 SBD" }));
  const drawer = await screen.findByRole("dialog");
  expect(await within(drawer).findByRole("radio", { name: /无盘/ })).toBeChecked();
  expect(await within(drawer).findByRole("rowheader", { name: /stonith-watchdog-timeout/ })).toBeVisible();
  expect(within(drawer).getByText(/只写入各节点的配置/)).toBeVisible();
  await user.click(within(drawer).getByRole("checkbox", { name: /重启整个集群/ }));
  expect(await within(drawer).findByText(/运行中的 4 个资源中断/)).toBeVisible();
  await user.click(within(drawer).getByRole("button", { name: "配置并重启集群" }));
  await waitFor(() =>
    expect(net.bodies("sbd.set")).toEqual([
      {
        devices: [],
        watchdogs: { "pay-01": "/dev/watchdog0", "pay-02": "/dev/watchdog1", "pay-03": "/dev/watchdog0" },
        restart: true,
      },
    ]),
  );
});

test("a disk is chosen from those that all nodes share", async () => {
  const net = off();
  const { user } = await open(page, net);
  await user.click(await within(await card()).findByRole("button", { name: "配置 SBD" }));
  const drawer = await screen.findByRole("dialog");
  await user.click(await within(drawer).findByRole("radio", { name: /共享磁盘/ }));
  expect(within(drawer).getByRole("button", { name: "配置 SBD" })).toBeDisabled();
  await user.click(within(drawer).getByRole("combobox", { name: "设备 1" }));
  await user.click(await screen.findByText(heartbeatDisk));
  expect(await within(drawer).findByRole("rowheader", { name: /msgwait/ })).toBeVisible();
  await user.click(within(drawer).getByRole("button", { name: "配置 SBD" }));
  await waitFor(() => expect(net.bodies("sbd.set")).toMatchObject([{ devices: [heartbeatDisk] }]));
});

test("a device that carries a file system is refused until it is named", async () => {
  const net = off();
  const { user } = await open(page, net);
  await user.click(await within(await card()).findByRole("button", { name: "配置 SBD" }));
  const drawer = await screen.findByRole("dialog");
  await user.click(await within(drawer).findByRole("radio", { name: /共享磁盘/ }));
  await user.type(within(drawer).getByRole("combobox", { name: "设备 1" }), "/dev/disk/by-id/wwn-0x6001405beef");
  await user.tab();
  expect(await within(drawer).findByText(/写入 SBD 头部会销毁它/)).toBeVisible();
  expect(within(drawer).getByRole("button", { name: "配置 SBD" })).toBeDisabled();
  await user.type(within(drawer).getByLabelText("盘上的内容"), "ext4");
  await waitFor(() => expect(within(drawer).getByRole("button", { name: "配置 SBD" })).toBeEnabled());
  await user.click(within(drawer).getByRole("button", { name: "配置 SBD" }));
  await waitFor(() => expect(net.bodies("sbd.set")).toMatchObject([{ override: "ext4" }]));
});

test("removing the only thing that fences asks for it twice", async () => {
  const net = makeWorld().on("fence.list", () => makeFencing({ devices: [] }));
  const { user } = await open(page, net);
  await user.click(await within(await card()).findByRole("button", { name: "移除" }));
  const dialog = await screen.findByRole("dialog");
  expect(dialog).toHaveTextContent("没有其他隔离设备");
  await user.click(within(dialog).getByRole("checkbox"));
  await user.click(within(dialog).getByRole("button", { name: "移除 SBD" }));
  await waitFor(() => expect(net.bodies("sbd.remove")).toEqual([{ force: true }]));
});
