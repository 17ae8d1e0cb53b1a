import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";

import { makeExplanation } from "../fake/insight";
import { makeWorld } from "../fake/world";
import { broken, open, silent } from "../test/render";

const page = "/c/pay-core/resources?resource=pay-vip";
const card = async () => (await screen.findByRole("heading", { name: "为什么" })).closest("section") ?? document.body;

test("while the scheduler is asked, the card says so", async () => {
  await open(page, silent(makeWorld(), "why.show"));
  expect(within(await card()).getByRole("status")).toHaveTextContent("正在向调度器询问");
});

test("where the scheduler cannot be asked, the card says why, and the rest of the resource is there", async () => {
  await open(
    page,
    makeWorld().on("why.show", () => broken("internal")),
  );
  expect(await within(await card()).findByRole("alert")).toHaveTextContent("内部错误");
  expect(screen.getByRole("heading", { name: "当前状态" })).toBeInTheDocument();
});

test("why it is here, and why on no other node, with the score that the scheduler gives it there", async () => {
  await open(page, makeWorld());
  const rows = await within(await card()).findAllByRole("row");
  expect(await card()).toHaveTextContent("pay-vip 运行于 pay-01。粘性 100 使其留在原处。");
  expect(rows.map((r) => r.textContent)).toEqual([
    "不在分值原因",
    "pay-02-INFINITYpay-vip 的位置约束 pay-needs-ping（节点 –，分值 -INFINITY）。",
    "pay-03–pay-03 处于备用状态。pay-vip 在 pay-03 上失败过。",
  ]);
});

test("why it is stopped", async () => {
  await open(
    page,
    makeWorld().on("why.show", () =>
      makeExplanation({
        role: "Stopped",
        nodes: [],
        causes: [{ code: "disabled", args: { resource: "pay-vip" } }],
        elsewhere: [],
      }),
    ),
  );
  expect(await within(await card()).findByText("pay-vip 已停止。")).toBeInTheDocument();
  expect(await card()).toHaveTextContent("pay-vip 被人为停止（target-role）。");
  expect(within(await card()).queryByRole("table")).toBeNull();
});

test("why it last moved", async () => {
  await open(page, makeWorld());
  expect(await within(await card()).findByText(/pay-vip 从 pay-03 迁移到 pay-01：$/)).toBeInTheDocument();
  expect(await card()).toHaveTextContent("迁移到 pay-01：pay-03 处于备用状态。");
});

test("what had stopped it before it last started", async () => {
  const moved = {
    at: "2026-10-14T14:14:09Z",
    action: "start" as const,
    to: "pay-01",
    causes: [{ code: "no_quorum", args: { policy: "stop" } }],
  };
  await open(
    page,
    makeWorld().on("why.show", () => makeExplanation({ moved })),
  );
  expect(
    await within(await card()).findByText(/pay-vip 在 pay-01 启动，此前使其停止的原因已消除：$/),
  ).toBeInTheDocument();
  expect(await card()).toHaveTextContent("集群没有法定票数（no-quorum-policy=stop）。");
});

test("in English, too", async () => {
  await open(page, makeWorld(), "en");
  const why = (await screen.findByRole("heading", { name: "Why" })).closest("section");
  expect(await within(why ?? document.body).findByRole("rowheader", { name: "pay-02" })).toBeInTheDocument();
  expect(why).toHaveTextContent("pay-vip runs on pay-01.");
});
