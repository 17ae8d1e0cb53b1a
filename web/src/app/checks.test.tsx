import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";

import { makeSession } from "../fake/data";
import { makeFindings, makeForecast } from "../fake/insight";
import { makeWorld } from "../fake/world";
import { open } from "../test/render";

const page = "/c/pay-core/checks";
const line = async (text: RegExp) => (await screen.findByText(text)).closest("li") ?? document.body;

test("the worst stands first, each with its reason, what to do, and where", async () => {
  await open(page, makeWorld());
  expect(await screen.findByRole("heading", { level: 1 })).toHaveTextContent("1 项严重问题，另有 2 项警告、1 项提示");
  expect(screen.getByText(/其中 1 项可一键修复，不中断服务；3 项需要人来决定/)).toBeVisible();
  expect(screen.getAllByRole("heading", { level: 2 }).map((h) => h.textContent)).toEqual([
    "严重 1",
    "应当改进 2",
    "提示 1",
  ]);
  const fencing = await line(/隔离已关闭/);
  expect(fencing).toHaveTextContent("为每个节点配置隔离设备并测试");
  expect(within(fencing).getByRole("link", { name: "脑裂保护" })).toHaveAttribute("href", "/c/pay-core/fencing");
  expect(within(fencing).queryByRole("button")).toBeNull();
  expect(within(await line(/pay-db 的监控没有超时/)).getByRole("link", { name: "编辑 pay-db" })).toHaveAttribute(
    "href",
    "/c/pay-core/resources/pay-db/edit",
  );
});

test("a fix shows what the scheduler would do and what is written before it is carried out", async () => {
  const net = makeWorld();
  const { user } = await open(page, net);
  await user.click(within(await line(/服务没有粘性/)).getByRole("button", { name: /^修复：/ }));
  const dialog = await screen.findByRole("dialog");
  const forecast = await within(dialog).findByRole("region", { name: "推演结果" });
  expect(forecast).toHaveTextContent("pay 至少中断 9.9 s。其中 2.2 s 用于发现故障。本集群尚未测得：start of pay-vip。");
  expect(forecast).toHaveTextContent("启动pay-logpay-02受阻no fencing");
  expect(forecast).toHaveTextContent("resource-stickiness100");
  expect(net.bodies("whatif.play")).toEqual([{ edits: makeFindings()[1]?.fix }]);
  expect(net.bodies("check.fix")).toEqual([]);
  await user.click(within(dialog).getByRole("button", { name: "修复" }));
  await waitFor(() =>
    expect(net.bodies("check.fix")).toEqual([{ code: "no_stickiness", object: "resource-stickiness" }]),
  );
});

test("a forecast folds its steps, and says where nothing happens", async () => {
  const { user } = await open(page, makeWorld());
  await user.click(within(await line(/服务没有粘性/)).getByRole("button", { name: /^修复：/ }));
  const dialog = await screen.findByRole("dialog");
  const fold = await within(dialog).findByRole("button", { name: /逐步操作（2）/ });
  expect(fold).toHaveAttribute("aria-expanded", "false");
  await user.click(fold);
  expect(within(dialog).getByText("未知")).toBeInTheDocument();
  expect(within(dialog).getByText("200 ms")).toBeInTheDocument();
});

test("a fix that changes nothing but the configuration says that no service is interrupted", async () => {
  const net = makeWorld().on("whatif.play", () => makeForecast({ actions: [], services: [], steps: [] }));
  const { user } = await open(page, net);
  await user.click(within(await line(/服务没有粘性/)).getByRole("button", { name: /^修复：/ }));
  expect(await within(await screen.findByRole("dialog")).findByText("不会发生任何变化。")).toBeInTheDocument();
});

test("who may only look sees the findings and can mend none", async () => {
  await open(
    page,
    makeWorld().on("session.show", () => makeSession({ permissions: ["check.list"] })),
  );
  expect(within(await line(/服务没有粘性/)).getByRole("button", { name: /^修复：/ })).toBeDisabled();
});
