import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";

import { makeBudget } from "../fake/insight";
import { makeWorld } from "../fake/world";
import { broken, open } from "../test/render";

const page = "/c/pay-core/resources?resource=pay-vip";
const card = async () => {
  const title = await screen.findByRole("heading", { name: "故障切换预算" });
  return title.closest("section") ?? document.body;
};

test("a resource shows how long its service would be away", async () => {
  await open(page, makeWorld());
  const shown = await card();
  expect(within(shown).getAllByRole("img")[1]).toHaveAccessibleName(/令牌超时 1\.0 s.*隔离 pay-01 3\.5 s/);
  expect(shown).toHaveTextContent(
    "pay，节点崩溃：预计需 6.2 s，目标为 4 s。其中 3.5 s 用于隔离节点 pay-01（ipmi-1）。",
  );
});

test("a resource that is no service has no budget", async () => {
  await open(
    page,
    makeWorld().on("budget.list", () => ({ items: [makeBudget({ service: "other" })] })),
  );
  await screen.findByRole("heading", { name: "为什么" });
  expect(screen.queryByRole("heading", { name: "故障切换预算" })).toBeNull();
});

test("where budgets cannot be had the card says so", async () => {
  await open(
    page,
    makeWorld().on("budget.list", () => broken("internal")),
  );
  expect(within(await card()).getByRole("alert")).toHaveTextContent("内部错误");
});
