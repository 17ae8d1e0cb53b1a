import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test } from "vitest";

import { makeSession } from "../fake/data";
import { FakeFault } from "../fake/network";
import { makeGone, makeTargetShown, makeUnpromised } from "../fake/targets";
import { makeWorld } from "../fake/world";
import { promised, span, standsText, targetText, worstService } from "../components/targets";
import { formatFor } from "../lib/format";
import { broken, open, silent } from "../test/render";

const page = "/c/pay-core/targets";
const verdict = () => screen.findByRole("heading", { level: 1 });
const only = (...services: ReturnType<typeof makeTargetShown>[]) =>
  makeWorld().on("target.list", () => ({ items: services }));
const service = (name: string) => screen.findByRole("region", { name });

describe("what was promised", () => {
  test("what is missed comes first, and what is left of a service that is gone does not count", () => {
    const goals = promised([makeGone(), makeUnpromised(), makeTargetShown()]);
    expect(goals.map((g) => [g.name, g.answer])).toEqual([
      ["rtoUnplanned", "missed"],
      ["rtoPlanned", "unknown"],
      ["rpoUnplanned", "met"],
      ["rpoPlanned", "met"],
    ]);
    expect(worstService([makeGone(), makeUnpromised(), makeTargetShown()])?.service).toBe("pay");
    expect(worstService([])).toBeUndefined();
  });

  test("lengths of time are said as they were given, and what nobody knows is no number", () => {
    const format = formatFor("zh");
    expect([0, 30, 12.3, 60, 72, 7200, 7260].map((s) => span(format, s).replaceAll("\u00a0", " "))).toEqual([
      "0 s",
      "30 s",
      "12.3 s",
      "1 min",
      "1 min 12 s",
      "2 h",
      "2 h 1 min",
    ]);
    const t = Object.assign((key: string, args?: object) => `${key} ${JSON.stringify(args ?? {})}`, {
      words: (code: string) => code,
      language: "zh" as const,
    });
    expect(targetText(t, format, { target: 0 })).toBe("0\u00a0s");
    expect(standsText(t, format, { kind: "rpo", stands: 0 })).toContain("targets.no_loss");
    expect(standsText(t, format, { kind: "rto", stands: undefined })).toContain("targets.unmeasured");
    expect(standsText(t, format, { kind: "rpo", stands: undefined })).toContain("targets.untold");
  });
});

test("the page is an outline while it loads", async () => {
  await open(page, silent(makeWorld(), "target.list"));
  expect(await screen.findByRole("status", { name: "正在加载" })).toBeVisible();
});

test("what failed is said, and asked again", async () => {
  const net = makeWorld().on("target.list", () => broken("internal"));
  const { user } = await open(page, net);
  expect(await screen.findByRole("alert")).toHaveTextContent("内部错误");
  const asked = net.bodies("target.list").length;
  await user.click(screen.getByRole("button", { name: "重试" }));
  await waitFor(() => expect(net.bodies("target.list").length).toBeGreaterThan(asked));
});

test("without services the page says what targets are for, and the first step", async () => {
  await open(page, only());
  expect(await screen.findByRole("heading", { name: "还没有服务" })).toBeVisible();
  expect(screen.getByRole("link", { name: /保护服务/ })).toHaveAttribute("href", "/c/pay-core/protect");
});

test("the verdict names what is missed and by how much; the menu counts its services", async () => {
  await open(page, makeWorld());
  expect(await verdict()).toHaveTextContent("1 项目标未达到：pay（RTO 故障）最长中断 1 min 12 s，目标 1 min。");
  expect(screen.getByText(/另有 1 项无从判断。另有 2 项达到。/)).toHaveTextContent("已不存在的服务还留着目标");
  const entry = screen.getByRole("link", { name: /^RTO 与 RPO/ });
  await waitFor(() => expect(entry.querySelector(".bad")).toHaveTextContent("1"));
  const row = screen.getByRole("button", { name: "pay" }).closest("tr");
  expect(row).toHaveTextContent("最长 1 min 12 s，目标 1 min");
  expect(row).toHaveTextContent("尚未测量，目标 30 s");
  expect(row).toHaveTextContent("不丢失，目标 0 s");
});

test("all that is met is one quiet sentence, and nothing promised is no verdict", async () => {
  const shown = makeTargetShown();
  const met = {
    ...shown,
    target: { rpoPlanned: 0 },
    standing: {
      ...shown.standing,
      rtoPlanned: { number: 0 },
      rtoUnplanned: { number: 0 },
      rpoUnplanned: { basis: "unknown" as const },
    },
  };
  const net = only(met);
  const { cache } = await open(page, net);
  expect(await verdict()).toHaveTextContent("全部 1 项目标达到。");
  net.on("target.list", () => ({ items: [makeUnpromised()] }));
  await cache.invalidateQueries();
  await waitFor(() => expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent("还没有目标："));
});

test("the worst service is shown with what each target stands on", async () => {
  await open(page, makeWorld());
  const pay = await service("pay");
  const rto = within(pay).getByRole("region", { name: "RTO：中断多久" });
  expect(rto).toHaveTextContent(/RTO 故障目标 1 min未达到最长一次1 min 12 s/);
  expect(rto).toHaveTextContent(/最近一次18.4 s/);
  expect(rto).toHaveTextContent("尚未测量：期间没有人停止或迁移过它。");
  const rpo = within(pay).getByRole("region", { name: "RPO：丢失多少写入" });
  expect(within(rpo).getAllByText("不丢失：写入在卷 pay_mq 的每一侧。")).toHaveLength(2);
  expect(within(rpo).getAllByRole("link", { name: "pay_mq" })[0]).toHaveAttribute(
    "href",
    "/c/pay-core/replication/pay_mq",
  );
});

test("what is to be expected stands beside what was measured", async () => {
  await open(page, makeWorld());
  const title = await screen.findByRole("heading", { name: "故障切换预算" });
  expect(title.closest("section")).toHaveTextContent(/节点崩溃未达到目标6\.2 s/);
});

test("a volume of which one side is alone says since when, and how much the other lacks", async () => {
  const shown = makeTargetShown();
  const alone = {
    answer: "missed" as const,
    basis: "exposed" as const,
    volume: "pay_mq",
    seconds: 90,
    since: new Date(Date.now() - 90_000).toISOString(),
    outOfSync: 12 * 2 ** 20,
  };
  const { answer: _, ...bare } = alone;
  await open(
    page,
    only({ ...shown, standing: { ...shown.standing, rpoUnplanned: alone, rpoPlanned: { ...bare, basis: "exposed" } } }),
  );
  expect(await verdict()).toHaveTextContent(/pay（RPO 故障）此刻会丢失 1 min 30 s 内的写入，目标 0 s/);
  const pay = await service("pay");
  expect(pay).toHaveTextContent("卷 pay_mq 只有一侧数据完整，其后的写入只在这一侧。");
  expect(pay).toHaveTextContent("未同步12 MiB");
  expect(within(pay).getAllByText("1 分钟前").length).toBeGreaterThan(0);
});

test("an absence that has not ended says so", async () => {
  const shown = makeTargetShown();
  const away = { since: new Date(Date.now() - 90_000).toISOString(), seconds: 90 };
  await open(
    page,
    only({
      ...shown,
      standing: { ...shown.standing, rtoUnplanned: { answer: "missed", number: 1, last: away, worst: away } },
    }),
  );
  expect(within(await service("pay")).getByText("尚未恢复")).toBeVisible();
});

test("a service is chosen in the table, and its address says so", async () => {
  const { user, router } = await open(page, makeWorld());
  await user.click(await screen.findByRole("button", { name: /^probe/ }));
  await waitFor(() => expect(router.state.location.pathname).toBe(`${page}/probe`));
  const probe = await service("probe");
  expect(within(probe).getByRole("button", { name: "设置目标" })).toBeEnabled();
  expect(probe).toHaveTextContent("不知道数据在何处，或无从得知。");
});

test("targets are set in seconds, and judged at once", async () => {
  const net = makeWorld();
  const { user } = await open(`${page}/probe`, net);
  await user.click(await screen.findByRole("button", { name: "设置目标" }));
  const dialog = await screen.findByRole("dialog");
  const save = within(dialog).getByRole("button", { name: "保存目标" });
  expect(save).toBeDisabled();
  expect(dialog).toHaveTextContent("至少写明一项");
  expect(dialog).toHaveTextContent("现状：最长 9.2 s");
  await user.type(within(dialog).getByRole("spinbutton", { name: "RTO 故障" }), "120");
  expect(dialog).toHaveTextContent("s = 2 min");
  await user.click(save);
  await waitFor(() => expect(net.bodies("target.set")).toEqual([{ rtoUnplanned: 120 }]));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(await within(await service("probe")).findByText("达到")).toBeVisible();
});

test("what cannot be a target is said at its field before it is sent, and after", async () => {
  const refusal = new FakeFault(422, {
    code: "invalid",
    reason: "fields",
    message: "some fields are wrong",
    fields: [{ path: "rpoPlanned", reason: "target.range", message: "is not between 0 s and a year" }],
  });
  const net = makeWorld().on("target.set", () => refusal);
  const { user } = await open(`${page}/pay`, net);
  await user.click(await screen.findByRole("button", { name: "编辑目标" }));
  const dialog = await screen.findByRole("dialog");
  expect(dialog).toHaveTextContent("没有修改");
  const field = within(dialog).getByRole("spinbutton", { name: "RPO 计划内" });
  const item = field.closest<HTMLElement>(".ant-form-item");
  if (!item) throw new Error("the field stands in no form item");
  await user.clear(field);
  await user.type(field, "99999999");
  // It comes into sight by and by, which nothing draws here.
  expect(await within(item).findByText("须在 0 秒与一年之间。")).toBeInTheDocument();
  expect(within(dialog).getByRole("button", { name: "保存目标" })).toBeDisabled();
  await user.clear(field);
  await user.type(field, "5");
  await waitFor(() => expect(within(item).queryByText("须在 0 秒与一年之间。")).toBeNull());
  await user.click(within(dialog).getByRole("button", { name: "保存目标" }));
  expect(await within(item).findByText("须在 0 秒与一年之间。")).toBeInTheDocument();
  const alert = within(dialog).getByRole("alert");
  expect(alert).toHaveTextContent("RPO 计划内：须在 0 秒与一年之间。");
  expect(alert).not.toHaveTextContent(/rpoPlanned/);
});

test("targets are removed after it was said what that means", async () => {
  const net = makeWorld();
  const { user } = await open(`${page}/pay`, net);
  const pay = await service("pay");
  await user.click(within(pay).getByRole("button", { name: /移\s?除/ }));
  const dialog = await screen.findByRole("dialog");
  expect(dialog).toHaveTextContent("此后不再判断是否达到");
  expect(dialog).toHaveTextContent("RTO 计划内：30 s");
  await user.click(within(dialog).getByRole("button", { name: "移除目标" }));
  await waitFor(() =>
    expect(net.asked.some((a) => a.route === "target.remove" && a.path.service === "pay")).toBe(true),
  );
  expect(await within(await service("pay")).findByRole("button", { name: "设置目标" })).toBeVisible();
});

test("of a service that is gone only its targets can be removed", async () => {
  const { user } = await open(`${page}/pay-old`, makeWorld());
  const old = await service("pay-old");
  expect(old).toHaveTextContent("集群中已没有这个服务");
  expect(within(old).queryByRole("button", { name: /目标/ })).toBeNull();
  await user.click(within(old).getByRole("button", { name: /移\s?除/ }));
  await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "移除目标" }));
  await waitFor(() => expect(screen.queryByRole("region", { name: "pay-old" })).toBeNull());
});

test("who may not set targets is told why", async () => {
  const net = makeWorld().on("session.show", () => makeSession({ permissions: ["target.list"] }));
  await open(`${page}/pay`, net);
  const edit = within(await service("pay")).getByRole("button", { name: "编辑目标" });
  expect(edit).toBeDisabled();
  expect(edit).toHaveAttribute("title", "需要管理员角色");
});

test("the summary says whether targets are kept, and leads to each", async () => {
  const net = makeWorld();
  const { cache } = await open("/c/pay-core", net);
  const card = await screen.findByRole("region", { name: "RTO 与 RPO" });
  expect(card).toHaveTextContent("达到 2，未达到 1，未知 1");
  const [first] = within(card).getAllByRole("listitem");
  expect(first).toHaveTextContent(/^未达到pay RTO 故障最长 1 min 12 s，目标 1 min$/);
  expect(within(card).getAllByRole("link", { name: /^pay/ })[0]).toHaveAttribute("href", `${page}/pay`);
  net.on("target.list", () => ({ items: [makeUnpromised()] }));
  await cache.invalidateQueries();
  expect(await within(card).findByRole("link", { name: "设置目标" })).toHaveAttribute("href", page);
});
