import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";

import { makeOperation } from "../fake/data";
import { makeVolumeCheck } from "../fake/volumes";
import { makeWorld } from "../fake/world";
import { isAddress } from "../features/database/draft";
import { open } from "../test/render";

const page = "/c/pay-core/protect/kwdb";
type User = Awaited<ReturnType<typeof open>>["user"];

const next = (user: User) => user.click(screen.getByRole("button", { name: "下一步" }));

/** Fills in the wizard up to its check. */
async function fill(user: User, { address = "10.8.20.50/24", second = "/dev/disk/by-id/b" } = {}) {
  await user.type(await screen.findByLabelText("虚拟 IP"), address);
  await next(user);
  const disks = screen.getAllByRole("combobox", { name: "磁盘" });
  await user.type(disks[0] ?? document.body, "/dev/disk/by-id/a");
  await user.tab();
  await user.type(disks[1] ?? document.body, second);
  await user.tab();
  await next(user);
  await user.clear(screen.getByLabelText("失败次数"));
  await user.type(screen.getByLabelText("失败次数"), "3");
  await next(user);
}

test("an address has the length of its network", () => {
  expect(["10.8.20.50/24", "fd00::1/64"].filter(isAddress)).toHaveLength(2);
  expect(["10.8.20.50", "10.8.20.500/24", "10.8.20.5/33", "db/24", ""].filter(isAddress)).toEqual([]);
});

test("KWDB is offered where services are protected, and cannot go on without an address", async () => {
  const { user } = await open("/c/pay-core/protect", makeWorld());
  await user.click(await screen.findByRole("link", { name: /KWDB 双机/ }));
  expect(await screen.findByText("须填写带网络长度的地址，例如 192.0.2.10/24")).toBeVisible();
  expect(screen.getByRole("button", { name: "下一步" })).toBeDisabled();
});

test("all of it is checked on both nodes, shown as it will be, and made as one operation", async () => {
  const net = makeWorld();
  const { user } = await open(page, net);
  await fill(user);
  expect(await screen.findByText(/将新建或修改 3 项，作为一个操作完成/)).toBeVisible();
  expect(screen.getByText("证书由 pay-01 签发，并放到两个节点上。", { exact: false })).toBeVisible();
  const order = within(screen.getByRole("list", { name: "按启动顺序" }));
  expect(order.getByText("kwdb-data")).toBeVisible();
  expect(order.getByText("ocf:hawser:kwdb")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "建立服务 kwdb" }));
  await waitFor(() => expect(net.bodies("service.database")).toHaveLength(1));
  expect(net.bodies("service.database")[0]).toEqual({
    name: "kwdb",
    sides: [
      { node: "pay-01", disk: "/dev/disk/by-id/a", address: "10.8.2.11" },
      { node: "pay-02", disk: "/dev/disk/by-id/b", address: "10.8.2.12" },
    ],
    protocol: "C",
    sync: "full",
    fileSystem: "ext4",
    directory: "/var/lib/kaiwudb",
    address: "10.8.20.50/24",
    certificates: "auto",
    threshold: 3,
    forget: "10min",
  });
  // The operation of the fake world has ended as soon as it is asked for.
  await waitFor(() => expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent("kwdb 已建立并应答"));
  expect(screen.getByRole("link", { name: "查看服务" })).toHaveAttribute("href", "/c/pay-core/resources?resource=kwdb");
});

test("what stands against it is said, and nothing can be pressed", async () => {
  const { user } = await open(page, makeWorld());
  await fill(user, { address: "10.8.20.99/24" });
  expect(await screen.findByRole("alert")).toHaveTextContent(/虚拟 IP：.*10.8.20.99\/24 已被占用（ARP）/);
  expect(screen.getByRole("button", { name: "建立服务 kwdb" })).toBeDisabled();
});

test("a mirror is chosen where it says what it is, shown in the plan, made, and told in the end", async () => {
  const net = makeWorld();
  const { user } = await open(page, net);
  await user.type(await screen.findByLabelText("虚拟 IP"), "10.8.20.50/24");
  await next(user);
  expect(screen.getByRole("radio", { name: /^DRBD/ })).toBeChecked();
  await user.click(screen.getByRole("radio", { name: /^镜像卷/ }));
  expect(screen.getByRole("note")).toHaveTextContent("预览功能");
  expect(screen.queryByRole("radio", { name: /^C 同步/ })).toBeNull();
  const disks = screen.getAllByRole("combobox", { name: "磁盘" });
  await user.type(disks[0] ?? document.body, "/dev/disk/by-id/a");
  await user.tab();
  await user.type(disks[1] ?? document.body, "/dev/disk/by-id/b");
  await user.tab();
  await next(user);
  await next(user);
  const order = within(await screen.findByRole("list", { name: "按启动顺序" }));
  const [volume] = order.getAllByRole("listitem");
  expect(volume).toHaveTextContent("镜像卷 预览");
  expect(volume).toHaveTextContent("/dev/hawser/kwdb-data");
  expect(volume).not.toHaveTextContent("协议");
  expect(screen.getByText(/^预览功能/)).toBeVisible();
  net.on("operation.show", () =>
    makeOperation({
      kind: "service.database",
      object: "kwdb",
      state: "succeeded",
      steps: [{ name: "service_started", state: "done", args: { service: "kwdb", driver: "mirror" } }],
    }),
  );
  await user.click(screen.getByRole("button", { name: "建立服务 kwdb" }));
  await waitFor(() => expect(net.bodies("service.database")).toHaveLength(1));
  expect(net.bodies("service.database")[0]).toMatchObject({ driver: "mirror" });
  expect(net.bodies("service.database")[0]).not.toHaveProperty("protocol");
  expect(await screen.findByText(/^数据在镜像卷上/)).toBeVisible();
});

test("a mirror is chosen beforehand where a node's kernel has no DRBD", async () => {
  const net = makeWorld().on("volume.check", ({ body }) => makeVolumeCheck(body, "drbd"));
  const { user } = await open(page, net);
  await user.type(await screen.findByLabelText("虚拟 IP"), "10.8.20.50/24");
  await next(user);
  expect(await screen.findByText("内核没有 DRBD：pay-01、pay-02。")).toBeVisible();
  expect(screen.getByRole("radio", { name: /^镜像卷/ })).toBeChecked();
  await user.click(screen.getByRole("radio", { name: /^DRBD/ }));
  expect(screen.getByRole("radio", { name: /^DRBD/ })).toBeChecked();
});

test("a disk that carries something is given away only after it was named", async () => {
  const net = makeWorld();
  const { user } = await open(page, net);
  await fill(user, { second: "/dev/disk/by-id/beef" });
  expect(await screen.findByRole("button", { name: "建立服务 kwdb" })).toBeDisabled();
  await user.type(screen.getByLabelText("pay-02 盘上的内容"), "ext4");
  const act = await screen.findByRole("button", { name: "销毁盘上内容并建立服务 kwdb" });
  await waitFor(() => expect(act).toBeEnabled());
  await user.click(act);
  await waitFor(() => expect(net.bodies("service.database")).toHaveLength(1));
  expect(net.bodies("service.database")[0]).toMatchObject({ sides: [{}, { destroy: ["ext4"] }] });
});
