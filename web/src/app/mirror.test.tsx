import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test } from "vitest";

import { makeMirror, makeVolumeCheck } from "../fake/volumes";
import { makeWorld } from "../fake/world";
import { useful } from "../features/replication/useVolumeActions";
import { sidesOf } from "../features/replication/volumes";
import { open } from "../test/render";
import { fill, only, page, side, verdict } from "../test/replication";

describe("a mirror", () => {
  test("says what it is in the table and among its facts, and nothing that only DRBD has", async () => {
    await open(`${page}/pay_log`, makeWorld());
    const row = (await screen.findByRole("button", { name: /^pay_log/ })).closest("tr");
    expect(row).toHaveTextContent("镜像卷 预览");
    expect(row).toHaveTextContent("已同步");
    expect(screen.getByRole("button", { name: /^pay_mq/ }).closest("tr")).toHaveTextContent("DRBD C 同步");
    const facts = (await screen.findByRole("heading", { name: "配置与使用者" })).closest("section") ?? document.body;
    expect(facts).toHaveTextContent("镜像卷 预览");
    expect(facts).toHaveTextContent("/dev/hawser/pay_log");
    for (const absent of ["DRBD", "协议", "选项", "***"]) expect(facts).not.toHaveTextContent(absent);
    const card = (await screen.findByRole("heading", { name: "卷 pay_log" })).closest("section") ?? document.body;
    expect(card).not.toHaveTextContent("协议");
    expect(card).toHaveTextContent("同步");
  });

  test("that has lost a side says how many copies are left, and who does not tell", async () => {
    await open(page, only(makeMirror("lost")));
    expect(await verdict()).toHaveTextContent("pay_log 还剩 1 份完整副本");
    expect(await side("pay-02")).toHaveTextContent("未上报");
    const row = screen.getByRole("button", { name: /^pay_log/ }).closest("tr");
    expect(row).toHaveTextContent("pay-01 最新，pay-02 未上报");
    expect(row).not.toHaveTextContent("不完整");
    expect(screen.getByText("3.0 GiB 未同步")).toBeVisible();
  });

  test("whose writes wait says so first, and not that it can be used", async () => {
    await open(
      page,
      makeWorld().on("volume.list", () => ({ items: [makeMirror("lost", "other"), makeMirror("suspended")] })),
    );
    expect(await verdict()).toHaveTextContent("pay_log 的写入被挂起；other 还剩 1 份完整副本");
    expect(screen.queryByText(/卷可以使用/)).toBeNull();
    expect(screen.getByText("恢复之前，使用它的服务会等待或失败。")).toBeVisible();
    const card = screen.getByRole("heading", { name: "卷 pay_log" }).closest("section") ?? document.body;
    expect(card).toHaveTextContent("写入等待中：直到对端恢复");
    expect(card).toHaveTextContent("Connecting 正在连接");
    expect(await side("pay-01")).toHaveClass("v-bad");
    expect(screen.getByRole("button", { name: /^pay_log/ }).closest("tr")).toHaveTextContent("写入被挂起");
  });

  test("whose side was put out of the set says that it is outdated and cannot take over", async () => {
    await open(page, only(makeMirror("outdated")));
    expect(await side("pay-02")).toHaveTextContent(/Outdated 已过期.*不可接管/);
  });

  test("that is being brought up to date shows how far it is, and its rate is limited like any other's", async () => {
    const { user } = await open(page, only(makeMirror("resync")));
    expect(await screen.findByText("41 %")).toBeVisible();
    expect(screen.getByText(/^约 12 min/)).toBeVisible(); // 59 GiB at 84 MiB/s
    await user.click(screen.getByRole("button", { name: "调整速率" }));
    expect(await screen.findByRole("radio", { name: "自动调节" })).toBeChecked();
  });

  test("has no disk to detach, and is verified by its Primary", async () => {
    const of = (node: string) => {
      const shown = makeMirror();
      const one = sidesOf(shown).find((s) => s.node === node);
      if (!one) throw new Error(`no side ${node}`);
      return useful("verify", shown, one);
    };
    expect([of("pay-01"), of("pay-02")]).toEqual([true, false]);
    const { user } = await open(page, only(makeMirror()));
    await user.click(within(await side("pay-01")).getByRole("button", { name: "pay-01 一侧的操作" }));
    expect(await screen.findByRole("menuitem", { name: "断开" })).toBeInTheDocument();
    expect(screen.queryByRole("menuitem", { name: "分离磁盘" })).toBeNull();
  });

  test("is edited without a protocol and without its secret, and says when it can be", async () => {
    const net = only(makeMirror());
    const { user } = await open(page, net);
    await user.click(await screen.findByRole("button", { name: "编辑" }));
    const dialog = await screen.findByRole("dialog");
    expect(within(dialog).queryByRole("radio")).toBeNull();
    expect(dialog).not.toHaveTextContent("shared-secret");
    expect(dialog).toHaveTextContent("请先禁用 pay_log-clone");
    expect(within(dialog).getByRole("button", { name: "保存卷" })).toBeDisabled();
  });

  test("without a Primary has its times changed, each by its name; one that is emptied is the usual one again", async () => {
    const shown = makeMirror();
    const idle = {
      ...shown,
      volume: { ...shown.volume, options: { net: { "shared-secret": "***", ping: "2000" } } },
      states: (shown.states ?? []).map((s) => ({ ...s, role: "Secondary" as const })),
    };
    const net = only(idle);
    const { user } = await open(page, net);
    await user.click(await screen.findByRole("button", { name: "编辑" }));
    const dialog = within(await screen.findByRole("dialog"));
    expect(dialog.getByLabelText("沉默上限")).toHaveAttribute("placeholder", "5000");
    expect(dialog.getByRole("button", { name: "保存卷" })).toBeDisabled();
    await user.clear(dialog.getByLabelText("探测间隔"));
    await user.type(dialog.getByLabelText("沉默上限"), "8000");
    await user.click(dialog.getByRole("button", { name: "保存卷" }));
    await waitFor(() =>
      expect(net.bodies("volume.edit")).toEqual([{ options: { net: { ping: "", silence: "8000" } } }]),
    );
  });

  test("that has split shows no evidence that it does not keep", async () => {
    const shown = makeMirror();
    const split = {
      ...shown,
      verdict: "split" as const,
      states: (shown.states ?? []).map((s) => ({
        ...s,
        split: { node: s.node, primary: s.role === "Primary", wasPrimary: false, changed: 0 },
      })),
    };
    await open(page, only(split));
    const evidence = await screen.findByRole("region", { name: "各侧的证据" });
    expect(
      within(evidence)
        .getAllByRole("rowheader")
        .map((h) => h.textContent),
    ).toEqual(["失联后写入", "失联后的角色", "磁盘状态"]);
    expect(evidence).not.toHaveTextContent("一直不是主");
  });
});

describe("a new volume", () => {
  test("is a mirror once that is chosen: what it is not is said, and what it has not is neither shown nor sent", async () => {
    const net = makeWorld();
    const { user, router } = await open(`${page}/new/volume`, net);
    expect(await screen.findByRole("radio", { name: /^DRBD/ })).toBeChecked();
    expect(screen.getByRole("radio", { name: /^B 半同步/ })).toBeInTheDocument();
    expect(screen.queryByRole("note")).toBeNull();
    await user.click(screen.getByRole("radio", { name: /^镜像卷/ }));
    expect(screen.getByRole("note")).toHaveTextContent("不要把别处没有的数据交给它");
    expect(screen.queryByRole("radio", { name: /^[ABC] / })).toBeNull();
    expect(screen.queryByText(/设备号/)).toBeNull();
    await fill(user, "/dev/disk/by-id/a", "/dev/disk/by-id/b");
    const first = await screen.findByRole("region", { name: "pay-01" });
    expect(first).toHaveTextContent("hawser-mirror 1.4.0");
    expect(first).not.toHaveTextContent("DRBD");
    await user.click(screen.getByRole("button", { name: "下一步" }));
    expect(await screen.findByText("/dev/hawser/data")).toBeVisible();
    const made = screen.getByRole("heading", { name: "将如此创建" }).closest("section") ?? document.body;
    expect(made).toHaveTextContent("镜像卷 预览");
    expect(made).not.toHaveTextContent("协议");
    await user.click(screen.getByRole("button", { name: "创建卷 data" }));
    await waitFor(() => expect(router.state.location.pathname).toBe(`${page}/data`));
    expect(net.bodies("volume.create")).toEqual([
      {
        name: "data",
        driver: "mirror",
        replicas: [
          { node: "pay-01", disk: "/dev/disk/by-id/a", address: "10.8.2.11" },
          { node: "pay-02", disk: "/dev/disk/by-id/b", address: "10.8.2.12" },
        ],
        sync: "full",
        from: "pay-01",
      },
    ]);
  });

  test("is a mirror by itself where the nodes have no DRBD; who wants DRBD all the same is offered the mirror again", async () => {
    const net = makeWorld().on("volume.check", ({ body }) => makeVolumeCheck(body, "drbd"));
    const { user } = await open(`${page}/new/volume`, net);
    await waitFor(() => expect(screen.getByRole("radio", { name: /^镜像卷/ })).toBeChecked());
    expect(screen.getByText(/内核没有 DRBD：pay-01/)).toBeVisible();
    await user.click(screen.getByRole("radio", { name: /^DRBD/ }));
    await fill(user, "/dev/disk/by-id/a", "/dev/disk/by-id/b");
    expect(await screen.findByRole("region", { name: "pay-01" })).toHaveTextContent("内核没有 DRBD");
    expect(screen.getByRole("button", { name: "下一步" })).toBeDisabled();
    await user.click(screen.getByRole("button", { name: "改用镜像卷" }));
    expect(await screen.findByText(/hawser-mirror 1\.4\.0/, { selector: "[aria-label=pay-01] *" })).toBeVisible();
    await waitFor(() => expect(screen.getByRole("button", { name: "下一步" })).toBeEnabled());
  });

  test("is no mirror on a node without FUSE, and says what to do", async () => {
    const net = makeWorld().on("volume.check", ({ body }) => makeVolumeCheck(body, "fuse"));
    const { user } = await open(`${page}/new/volume`, net);
    await user.click(await screen.findByRole("radio", { name: /^镜像卷/ }));
    await fill(user, "/dev/disk/by-id/a", "/dev/disk/by-id/b");
    expect(await screen.findByRole("region", { name: "pay-01" })).toHaveTextContent(/FUSE.*加载 fuse 模块/);
    expect(screen.getByRole("button", { name: "下一步" })).toBeDisabled();
  });
});
