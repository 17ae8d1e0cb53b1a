import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test } from "vitest";

import { makeDetail, makeOperation, makeSession } from "../fake/data";
import { makeSide, makeSplit, makeSyncing, makeVolume, makeVolumeCheck } from "../fake/volumes";
import { makeWorld } from "../fake/world";
import { grown } from "../features/replication/curves";
import { changedOptions } from "../features/replication/EditVolume";
import { advisedSide, byNeed, flowBetween, sidesOf, totalOf } from "../features/replication/volumes";
import { useful } from "../features/replication/useVolumeActions";
import { broken, open, silent } from "../test/render";
import { fill, only, page, side, verdict } from "../test/replication";

describe("what volumes say", () => {
  test("the Primary is the first side, and the worst volume is the one to look at", () => {
    const shown = makeVolume("x", {
      states: [makeSide("x", "pay-01", "pay-02"), makeSide("x", "pay-02", "pay-01", { role: "Primary" })],
    });
    expect(sidesOf(shown).map((s) => s.node)).toEqual(["pay-02", "pay-01"]);
    expect(byNeed([makeVolume(), makeSyncing(), makeSplit()])[0]?.volume.name).toBe("pay_arch");
  });

  test("data go from the source to the target, whichever of them tells", () => {
    const shown = makeSyncing();
    const back = { ...shown, states: (shown.states ?? []).slice(1) };
    for (const one of [shown, back])
      expect(flowBetween(one, "pay-01", "pay-02")).toMatchObject({ kind: "sync", from: "pay-01", to: "pay-02" });
    expect(flowBetween(shown, "pay-02", "pay-01")).toMatchObject({ from: "pay-01", to: "pay-02", percent: 63 });
    expect(Math.round(totalOf(flowBetween(shown, "pay-01", "pay-02")) / 2 ** 30)).toBe(186);
    expect(flowBetween(makeSplit(), "pay-01", "pay-02").kind).toBe("apart");
  });

  test("a side is suggested only where the evidence is plain", () => {
    expect(advisedSide(makeSplit())).toEqual({ node: "pay-01", why: "in_use" });
    const both = makeSplit();
    for (const s of both.states ?? []) if (s.split) Object.assign(s.split, { primary: true, mounted: "/srv" });
    expect(advisedSide(both)).toBeUndefined();
    const lacking = makeSplit();
    const first = lacking.states?.[0];
    if (first) first.disk = "Inconsistent";
    expect(advisedSide(lacking)).toBeUndefined();
  });

  test("what cannot have an effect is not offered", () => {
    const of = (shown: ReturnType<typeof makeVolume>, node: string) => {
      const one = sidesOf(shown).find((s) => s.node === node);
      if (!one) throw new Error(`no side ${node}`);
      return (act: Parameters<typeof useful>[0]) => useful(act, shown, one);
    };
    const well = of(makeVolume(), "pay-01");
    expect([well("promote"), well("connect"), well("invalidate"), well("pause")]).toEqual([false, false, false, false]);
    expect([well("disconnect"), well("detach"), well("verify")]).toEqual([true, true, true]);
    // The only complete copy keeps its disk.
    expect(of(makeSyncing(), "pay-01")("detach")).toBe(false);
    expect(of(makeSyncing(), "pay-01")("pause")).toBe(true);
    expect(of(makeSplit(), "pay-02")("connect")).toBe(false);
  });

  test("a curve grows with the news, and ends with the resync", () => {
    const at = Date.now();
    let curves = grown({}, [makeSyncing(), makeVolume()], at);
    curves = grown(curves, [makeSyncing({ rate: 7 })], at + 1000);
    expect(curves.pay_data?.map((s) => s.rate)).toEqual([190 * 2 ** 20, 7]);
    // A second answer to the same news takes the place of the first.
    curves = grown(curves, [makeSyncing({ rate: 9 })], at + 1100);
    expect(curves.pay_data?.map((s) => s.rate)).toEqual([190 * 2 ** 20, 9]);
    expect(grown(curves, [makeVolume("pay_data")], at + 2000)).toEqual({});
  });

  test("an option that is taken away gets its default, and what stays is not sent", () => {
    expect(changedOptions({ "net.a": "1", "disk.b": "2" }, { "net.a": "1", "net.c": "3" })).toEqual({
      disk: { b: "" },
      net: { c: "3" },
    });
  });
});

test("the page is an outline while it loads, and says what failed", async () => {
  await open(page, silent(makeWorld(), "volume.list"));
  expect(await screen.findByRole("status", { name: "正在加载" })).toBeVisible();
});

test("what failed is said, and asked again", async () => {
  const net = makeWorld().on("volume.list", () => broken("internal"));
  const { user } = await open(page, net);
  expect(await screen.findByRole("alert")).toHaveTextContent("内部错误");
  const asked = net.bodies("volume.list").length;
  await user.click(screen.getByRole("button", { name: "重试" }));
  await waitFor(() => expect(net.bodies("volume.list").length).toBeGreaterThan(asked));
});

test("without volumes the page says what they are for, and the first step", async () => {
  await open(
    page,
    makeWorld().on("volume.list", () => ({ items: [] })),
  );
  expect(await screen.findByRole("heading", { name: "还没有复制卷" })).toBeVisible();
  expect(screen.getByRole("link", { name: "新建卷" })).toHaveAttribute("href", `${page}/new/volume`);
});

test("a volume named new has its page like any other", async () => {
  await open(
    `${page}/new`,
    makeWorld().on("volume.list", () => ({ items: [makeVolume("new"), makeSplit()] })),
  );
  expect(await screen.findByRole("button", { name: /^new/ })).toHaveAttribute("aria-current", "true");
});

test("the verdict names what is wrong, worst first, and who has what stands in the table", async () => {
  await open(page, makeWorld());
  expect(await verdict()).toHaveTextContent(
    "4 个卷中 2 个完好：pay_arch 脑裂，须由人选择；pay_data 正在同步 63 %，还剩 1 份完整副本。",
  );
  const row = screen.getByRole("button", { name: /^pay_data/ }).closest("tr");
  expect(row).toHaveTextContent("同步中 63 %");
  expect(row).toHaveTextContent("pay-01 最新，pay-02 不完整");
  expect(row).toHaveTextContent("500 GiB");
});

test("the menu counts volumes, and those that somebody has to look at", async () => {
  const detail = makeDetail();
  const state = detail.state && {
    ...detail.state,
    volumes: [makeSide("a", "pay-01", "pay-02"), makeSide("a", "pay-02", "pay-01")],
  };
  const reasons = [{ code: "volume_split", level: "unprotected" as const, args: { volume: "a" } }];
  const net = makeWorld().on("cluster.show", () => ({ ...detail, ...(state ? { state } : {}) }));
  const { cache } = await open(page, net);
  const entry = await screen.findByRole("link", { name: /^数据复制/ });
  await waitFor(() => expect(entry).toHaveTextContent("数据复制1"));
  expect(entry.querySelector(".bad")).toBeNull();
  net.on("cluster.show", () => ({ ...detail, verdict: { ...detail.verdict, reasons } }));
  await cache.invalidateQueries();
  await waitFor(() => expect(entry.querySelector(".bad")).toHaveTextContent("1"));
});

test("volumes that are all well are one quiet sentence", async () => {
  await open(page, only(makeVolume()));
  expect(await verdict()).toHaveTextContent("全部 1 个卷已同步：失去任何一侧都不丢数据。");
  expect(await side("pay-01")).toHaveTextContent("主 Primary");
  expect(await side("pay-02")).toHaveTextContent("UpToDate 最新");
});

test("a resync shows how far it is, how long it takes, and what it goes through", async () => {
  await open(`${page}/pay_data`, makeWorld());
  expect(await screen.findByRole("heading", { name: "重新同步 pay_data" })).toBeVisible();
  expect(screen.getByText("已完成 117 GiB / 186 GiB")).toBeVisible();
  expect(screen.getByText(/^约 6 min 12 s，预计/)).toBeVisible();
  expect(screen.getByText("190 MiB/s")).toBeVisible();
  expect(await side("pay-02")).toHaveTextContent("不可接管");
  expect(
    within(screen.getByRole("list", { name: "重新同步的步骤" })).getByText("传送差异块：pay-01 → pay-02"),
  ).toBeVisible();
});

test("the rate is limited for the side that is copied to", async () => {
  const net = makeWorld();
  const { user } = await open(`${page}/pay_data`, net);
  await user.click(await screen.findByRole("button", { name: "调整速率" }));
  const dialog = await screen.findByRole("dialog");
  const rate = within(dialog).getByLabelText("同步速率上限");
  expect(rate).toHaveValue("250");
  await user.clear(rate);
  await user.type(rate, "50");
  await user.click(within(dialog).getByRole("button", { name: "设置限速" }));
  await waitFor(() =>
    expect(net.bodies("volume.act")).toEqual([{ action: "limit", node: "pay-02", limit: 50 * 2 ** 20 }]),
  );
});

test("data are declared void only after the volume was named, and never those of the Primary", async () => {
  const net = only(makeVolume());
  const { user } = await open(page, net);
  await user.click(within(await side("pay-01")).getByRole("button", { name: "pay-01 一侧的操作" }));
  const item = (await screen.findAllByRole("menuitem", { name: "作废并重新复制" }))[0];
  expect(item).toHaveAttribute("aria-disabled", "true");
  await user.keyboard("{Escape}");
  await user.click(within(await side("pay-02")).getByRole("button", { name: "pay-02 一侧的操作" }));
  const items = await screen.findAllByRole("menuitem", { name: "作废并重新复制" });
  await user.click(items.at(-1) ?? document.body);
  const dialog = await screen.findByRole("dialog");
  expect(dialog).toHaveTextContent("pay-02 上的全部数据作废");
  const act = within(dialog).getByRole("button", { name: "作废 pay-02 的数据" });
  expect(act).toBeDisabled();
  await user.type(within(dialog).getByLabelText("名称"), "pay_mq");
  await user.click(act);
  await waitFor(() => expect(net.bodies("volume.act")).toEqual([{ action: "invalidate", node: "pay-02" }]));
});

test("a split brain is ended by a person: evidence, choice, what is lost, the volume's name", async () => {
  const net = makeWorld();
  const { user } = await open(page, net);
  expect(await screen.findByText("建议保留 pay-01：只有这一侧正挂载着，正在被使用。")).toBeVisible();
  const evidence = screen.getByRole("region", { name: "各侧的证据" });
  expect(within(evidence).getByRole("rowheader", { name: "失联后写入" }).closest("tr")).toHaveTextContent(
    "1.8 GiB38 MiB",
  );
  expect(within(evidence).getByText("/srv/archive")).toBeVisible();
  expect(screen.queryByRole("button", { name: /并重新同步$/ })).toBeNull();
  await user.click(within(evidence).getByRole("radio", { name: /pay-01/ }));
  expect(await screen.findByText("pay-02 上失联后写入的 38 MiB 将被丢弃，无法恢复。")).toBeVisible();
  const act = screen.getByRole("button", { name: "保留 pay-01 并重新同步" });
  expect(act).toBeDisabled();
  await user.type(screen.getByLabelText("卷名"), "pay_arch");
  await user.click(act);
  await waitFor(() => expect(net.bodies("volume.resolve")).toEqual([{ keep: "pay-01" }]));
});

test("who keeps the side that is not Primary is told what moves", async () => {
  const { user } = await open(page, makeWorld());
  await user.click(await screen.findByRole("radio", { name: /保留 pay-02/ }));
  expect(
    await screen.findByText("Pacemaker 先把主角色从 pay-01 移到 pay-02，pay-archive 随之移动，期间中断。"),
  ).toBeVisible();
  expect(screen.getByText("pay-01 上正挂载于 /srv/archive。")).toBeVisible();
});

test("what ends a split brain is seen again after a reload", async () => {
  const running = makeOperation({ id: "op-r", kind: "volume.resolve", cluster: "pay-core", object: "pay_arch" });
  await open(
    `${page}/pay_arch`,
    makeWorld()
      .on("operation.list", () => ({ items: [running] }))
      .on("operation.show", () => running),
  );
  const assistant = await screen.findByRole("region", { name: "脑裂助手 pay_arch" });
  expect(await within(assistant).findByRole("progressbar")).toBeInTheDocument();
  expect(within(assistant).queryByRole("radio")).toBeNull();
});

test("findings say the reason and what mends them; another's file is not changed", async () => {
  const foreign = makeSplit();
  await open(
    `${page}/pay_arch`,
    only({ ...foreign, volume: { ...foreign.volume, foreign: true, file: "/etc/drbd.d/arch.res" } }),
  );
  expect(await screen.findByText(/^卷 pay_arch 未启用隔离|pay_arch.*隔离/)).toBeVisible();
  expect(screen.getByText(/\/etc\/drbd\.d\/arch\.res 由他人编写/)).toBeVisible();
  expect(screen.getByRole("button", { name: "编辑" })).toBeDisabled();
  expect(screen.getByRole("button", { name: "删除" })).toBeDisabled();
});

test("a volume is deleted by its name, with or without its metadata", async () => {
  const net = only(makeVolume());
  const { user } = await open(page, net);
  await user.click(await screen.findByRole("button", { name: "删除" }));
  const dialog = await screen.findByRole("dialog");
  expect(dialog).toHaveTextContent("正被 pay-fs 使用");
  await user.type(within(dialog).getByLabelText("名称"), "pay_mq");
  await user.click(within(dialog).getByRole("checkbox", { name: /元数据/ }));
  await user.click(within(dialog).getByRole("button", { name: "删除卷 pay_mq" }));
  await waitFor(() => expect(net.bodies("volume.delete")).toEqual([{ wipe: true }]));
});

test("only what was changed of a volume is sent", async () => {
  const net = only(makeVolume());
  const { user } = await open(page, net);
  await user.click(await screen.findByRole("button", { name: "编辑" }));
  const dialog = await screen.findByRole("dialog");
  await user.click(within(dialog).getByRole("radio", { name: /^A 异步/ }));
  await user.click(within(dialog).getByRole("button", { name: "移除 disk.on-io-error" }));
  await user.click(within(dialog).getByRole("button", { name: "保存卷" }));
  await waitFor(() =>
    expect(net.bodies("volume.edit")).toEqual([{ protocol: "A", options: { disk: { "on-io-error": "" } } }]),
  );
});

test("a text that is pasted is read and judged", async () => {
  const net = makeWorld();
  const { user } = await open(page, net);
  await user.click(await screen.findByRole("button", { name: "读取配置文本" }));
  const drawer = await screen.findByRole("dialog");
  await user.click(within(drawer).getByLabelText("DRBD 配置文本"));
  await user.paste("resource archive { }");
  await user.click(within(drawer).getByRole("button", { name: "读取并评判" }));
  expect(await within(drawer).findByRole("heading", { name: "读到 1 个卷" })).toBeVisible();
  expect(within(drawer).getByText(/after-sb-0pri discard-younger-primary/)).toBeVisible();
  expect(net.bodies("volume.parse")).toEqual([{ text: "resource archive { }" }]);
});

test("when one side alone had everything is told, with what its loss would have taken", async () => {
  await open(`${page}/pay_mq`, makeWorld());
  const card = (await screen.findByRole("heading", { name: "仅一侧完整的时段" })).closest("section") ?? document.body;
  const [now, before] = await within(card).findAllByRole("listitem");
  expect(now).toHaveTextContent(/仍在持续，始于 \d+ 分钟前.*最多 69 GiB 未同步/);
  expect(before).toHaveTextContent(/6 min 12 s最多 120 MiB 未同步/);
});

test("a volume whose sides always had everything says so", async () => {
  const net = only(makeVolume()).on("volume.show", () => makeVolume());
  await open(page, net);
  expect(await screen.findByText("两侧的数据始终完整。")).toBeVisible();
});

test("before a volume is promoted the scheduler says what moves along", async () => {
  const net = only(makeVolume());
  const { user } = await open(page, net);
  await user.click(within(await side("pay-02")).getByRole("button", { name: /操作/ }));
  await user.click(await screen.findByRole("menuitem", { name: "设为主" }));
  await screen.findByRole("dialog");
  await waitFor(() =>
    expect(net.bodies("whatif.play")).toEqual([
      { move: [{ resource: "pay_mq-clone", node: "pay-02", promoted: true }] },
    ]),
  );
});

test("who may only look is told why nothing can be pressed", async () => {
  const net = makeWorld();
  net.on("session.show", () => makeSession({ permissions: ["volume.list", "cluster.show"] }));
  await open(page, net);
  expect(await screen.findByRole("button", { name: "新建卷" })).toBeDisabled();
  expect(screen.getByRole("radio", { name: /保留 pay-01/ })).toBeDisabled();
});

describe("a new volume", () => {
  test("is made on blank disks, checked before, with nothing to destroy", async () => {
    const net = makeWorld();
    const { user, router } = await open(`${page}/new/volume`, net);
    expect(await screen.findByRole("button", { name: "下一步" })).toBeDisabled();
    await fill(user, "/dev/disk/by-id/a", "/dev/disk/by-id/b");
    expect(await screen.findByRole("region", { name: "pay-01" })).toHaveTextContent("空白盘");
    await user.click(screen.getByRole("radio", { name: /^免复制/ }));
    await user.click(screen.getByRole("button", { name: "下一步" }));
    expect(await screen.findByText("两块空白磁盘视为相同，不复制。")).toBeVisible();
    expect(screen.getByText("/dev/drbd3")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "创建卷 data" }));
    await waitFor(() => expect(router.state.location.pathname).toBe(`${page}/data`));
    expect(net.bodies("volume.create")).toEqual([
      {
        name: "data",
        protocol: "C",
        replicas: [
          { node: "pay-01", disk: "/dev/disk/by-id/a", address: "10.8.2.11" },
          { node: "pay-02", disk: "/dev/disk/by-id/b", address: "10.8.2.12" },
        ],
        sync: "skip",
        from: "pay-01",
      },
    ]);
  });

  test("destroys only what was named, and then copies everything", async () => {
    const net = makeWorld();
    const { user } = await open(`${page}/new/volume`, net);
    await fill(user, "/dev/disk/by-id/a", "/dev/disk/by-id/beef");
    expect(await screen.findByRole("region", { name: "pay-02" })).toHaveTextContent("盘上有 ext4。");
    expect(screen.getByRole("radio", { name: /^免复制/ })).toBeDisabled();
    expect(screen.getByRole("button", { name: "下一步" })).toBeDisabled();
    await user.type(screen.getByLabelText("pay-02 盘上的内容"), "ext4");
    await user.click(screen.getByRole("button", { name: "下一步" }));
    expect(await screen.findByText(/beef 的 ext4 将被销毁/)).toBeVisible();
    await user.click(screen.getByRole("button", { name: "销毁内容并创建卷 data" }));
    await waitFor(() => expect(net.bodies("volume.create")).toHaveLength(1));
    expect(net.bodies("volume.create")[0]).toMatchObject({
      sync: "full",
      replicas: [{}, { node: "pay-02", destroy: ["ext4"] }],
    });
  });

  test("is refused with the names that the fields have in the wizard, not with their paths", async () => {
    const field = (path: string, reason: string) => ({ path, reason, message: reason, args: { volume: "data" } });
    const refused = {
      code: "conflict" as const,
      reason: "fields",
      message: "some fields are wrong",
      fields: [
        field("name", "volume.name_taken"),
        field("replicas[1].disk", "volume.disk_in_use"),
        field("options.net.x", "field.one_of"),
      ],
    };
    const net = makeWorld().on("volume.check", ({ body }) => ({ ...makeVolumeCheck(body), refused }));
    const { user } = await open(`${page}/new/volume`, net);
    await fill(user, "/dev/disk/by-id/a", "/dev/disk/by-id/b");
    await screen.findByRole("region", { name: "pay-01" });
    await user.click(screen.getByRole("button", { name: "下一步" }));
    const alert = await screen.findByRole("alert");
    const lines = within(alert).getAllByRole("listitem");
    expect(lines.map((l) => l.textContent)).toEqual([
      expect.stringMatching(/^卷名：/),
      expect.stringMatching(/^pay-02 的磁盘：/),
      // What the wizard does not know keeps its path.
      expect.stringMatching(/^options\.net\.x /),
    ]);
    expect(screen.getByRole("button", { name: "创建卷 data" })).toBeDisabled();
  });

  test("stops at a disk that is not there, and says whose", async () => {
    const { user } = await open(`${page}/new/volume`, makeWorld());
    await fill(user, "/dev/disk/by-id/a", "/dev/nowhere");
    expect(await screen.findByRole("region", { name: "pay-02" })).toHaveTextContent("无法查看");
    expect(screen.getByText("pay-02 的磁盘不能使用")).toBeVisible();
    expect(screen.getByRole("button", { name: "下一步" })).toBeDisabled();
  });
});
