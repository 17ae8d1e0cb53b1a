import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";

import { makeSession } from "../fake/data";
import { makeBundle, makeTimeline } from "../fake/logs";
import { FakeFault } from "../fake/network";
import { makeWorld } from "../fake/world";
import { open } from "../test/render";

const page = "/c/pay-core/logs";

test("what happened, what people did and what Pacemaker decided are one list", async () => {
  const { user } = await open(page, makeWorld());
  const line = await screen.findByRole("region", { name: "时间线" });
  expect(within(line).getByText("pay 已从 pay-02 切换到 pay-01。")).toBeVisible();
  const decided = within(line).getByText("Pacemaker 决策").closest("li");
  expect(decided).toHaveTextContent("隔离 pay-02");
  expect(decided).toHaveTextContent("迁移 pay pay-02 → pay-01");
  expect(decided).toHaveTextContent("pe-warn-12.bz2");
  expect(within(line).getByText("操作").closest("li")).toHaveTextContent("liwei");
  expect(within(line).getByText("审计").closest("li")).toHaveTextContent("无权限");
  expect(within(line).getByRole("link", { name: "配置被外部更改（版本 11）：" })).toHaveAttribute(
    "href",
    "/c/pay-core/history?revision=11",
  );
  expect(within(line).getByText("无法向以下节点询问其决策：pay-03。")).toBeVisible();
  await user.click(within(line).getByRole("button", { name: /清理/ }));
  expect(await screen.findByRole("dialog")).toHaveTextContent("任务");
});

test("every filter is asked of the server and stands in the address", async () => {
  const asked: string[] = [];
  const net = makeWorld().on("timeline.list", ({ query }) => {
    asked.push(query.toString());
    return { items: [] };
  });
  const { user, router } = await open(
    `${page}?severity=warning&about=node&from=decision&node=pay-01&resource=pay&actor=liwei&span=hour`,
    net,
  );
  expect(await screen.findByText("没有符合条件的事件")).toBeVisible();
  const query = new URLSearchParams(asked.at(-1));
  expect(Object.fromEntries(query)).toMatchObject({
    severity: "warning",
    kind: "node.*",
    source: "decision",
    node: "pay-01",
    resource: "pay",
    actor: "liwei",
  });
  expect(Date.parse(query.get("since") ?? "")).toBeLessThan(Date.now() - 3_590_000);
  await user.type(screen.getByRole("textbox", { name: "在时间线中搜索" }), "vip");
  await waitFor(() => expect(new URLSearchParams(asked.at(-1)).get("text")).toBe("vip"));
  expect(router.state.location.search).toContain("text=vip");
  await user.click(screen.getByRole("button", { name: /清除筛选/ }));
  await waitFor(() => expect(router.state.location.search).toBe(""));
});

test("older lines come when they are asked for, and a page that found nothing yet says so", async () => {
  const net = makeWorld().on("timeline.list", ({ query }) =>
    query.get("cursor") === "two" ? { items: makeTimeline().slice(-1) } : { items: [], next: "two" },
  );
  const { user } = await open(page, net);
  expect(screen.queryByText("还没有事件")).toBeNull();
  await user.click(await screen.findByRole("button", { name: "更早的记录" }));
  const line = screen.getByRole("region", { name: "时间线" });
  expect(await within(line).findByText(/节点 pay-02/)).toBeVisible();
});

test("a bundle is collected of chosen nodes, with progress, and downloaded", async () => {
  const net = makeWorld();
  const { user } = await open(page, net);
  await user.click(await screen.findByRole("button", { name: "日志包" }));
  const form = await screen.findByRole("region", { name: "收集日志包" });
  await user.click(within(form).getByRole("checkbox", { name: "pay-03" }));
  await user.click(within(form).getByText("6 小时"));
  await user.click(within(form).getByRole("button", { name: "收集日志包" }));
  const [body] = net.bodies("logs.collect");
  expect(body).toMatchObject({ nodes: ["pay-01", "pay-02"] });
  const since = Date.parse((body as { since: string }).since);
  expect(Math.abs(Date.now() - since - 6 * 3_600_000)).toBeLessThan(60_000);
  const card = await screen.findByRole("region", { name: "日志包 bundle-2" });
  expect(card).toHaveTextContent("正在收集 crm_mon --one-shot");
  expect(within(card).getByRole("progressbar")).toHaveAttribute("aria-valuenow", "42");
  expect(within(form).getByRole("button", { name: "收集日志包" })).toBeDisabled();
  await waitFor(() => expect(within(card).getByRole("link", { name: /下载/ })).toBeVisible(), { timeout: 20_000 });
  const kept = screen.getByRole("region", { name: "日志包 k3v5jq2m7x4bn6ta" });
  expect(within(kept).getByRole("link", { name: "下载（4.1 MiB）" })).toHaveAttribute(
    "href",
    "/api/v1/clusters/pay-core/logs/k3v5jq2m7x4bn6ta/file",
  );
  expect(kept).toHaveTextContent("主机 pay-03 的代理未连接");
}, 40_000);

test("what is wrong with a span stands at its field, and what cannot be had says why", async () => {
  const net = makeWorld().on(
    "logs.collect",
    () =>
      new FakeFault(400, {
        code: "invalid",
        reason: "request.invalid",
        message: "no",
        fields: [{ path: "until", reason: "logs.backwards", message: "no" }],
      }),
  );
  const { user } = await open(page, net);
  await user.click(await screen.findByRole("button", { name: "日志包" }));
  const form = await screen.findByRole("region", { name: "收集日志包" });
  await user.click(within(form).getByText("自定义"));
  expect(within(form).getByText("请选择开始时间。")).toBeVisible();
  await user.type(within(form).getByLabelText("开始"), "2026-11-29T08:00");
  await user.click(within(form).getByRole("button", { name: "收集日志包" }));
  expect((await within(form).findAllByText("结束时间早于开始时间。")).length).toBeGreaterThan(0);
});

test("whoever may not collect sees what there is, and cannot download it", async () => {
  const session = makeSession();
  const net = makeWorld()
    .on("session.show", () => ({
      ...session,
      permissions: (session.permissions ?? []).filter((p) => !/^logs\.(collect|download|delete)$/.test(p)),
    }))
    .on("logs.list", () => ({ items: [makeBundle()] }));
  const { user } = await open(page, net);
  await user.click(await screen.findByRole("button", { name: "日志包" }));
  expect(await screen.findByText("收集和下载日志包需要管理员权限。")).toBeVisible();
  expect(await screen.findByRole("region", { name: /日志包/ })).toHaveTextContent("就绪");
  expect(screen.queryByRole("link", { name: /下载/ })).toBeNull();
});
