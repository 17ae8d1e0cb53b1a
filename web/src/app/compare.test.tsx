import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";

import { makeWorld } from "../fake/world";
import { broken, open, silent } from "../test/render";

const page = "/c/pay-core/history";
const card = async () =>
  (await screen.findByRole("heading", { name: "比较两个版本" })).closest("section") ?? document.body;

test("a revision is compared with now, then with another one; both stand in the URL", async () => {
  const { user, router } = await open(page, makeWorld());
  await user.click(await screen.findByRole("button", { name: "比较" }));
  expect(await within(await card()).findByText("/srv/11")).toBeVisible();
  expect(within(await card()).getByText("/srv/0")).toBeVisible();
  await user.click(within(await card()).getByRole("combobox", { name: "到" }));
  await user.click((await screen.findAllByTitle(/^#10 /)).at(-1) ?? document.body);
  expect(await within(await card()).findByText("/srv/10")).toBeVisible();
  expect(router.state.location.search).toBe("?from=11&to=10");
  await user.click(within(await card()).getByRole("button", { name: "关闭" }));
  expect(screen.queryByRole("heading", { name: "比较两个版本" })).toBeNull();
  expect(router.state.location.search).toBe("");
});

test("revisions in the URL are compared, also those that are further back; the same are said to be so", async () => {
  const net = makeWorld();
  await open(`${page}?from=3&to=3`, net);
  expect(await within(await card()).findByText("两者没有差异。")).toBeVisible();
  expect(within(await card()).getAllByText("#3")).not.toHaveLength(0);
  await waitFor(() => expect(net.asked.filter((a) => a.route === "revision.compare")).toHaveLength(1));
});

test("a comparison is an outline while it loads", async () => {
  await open(`${page}?from=11&to=0`, silent(makeWorld(), "revision.compare"));
  expect(within(await card()).getByRole("status", { name: "正在加载" })).toBeVisible();
});

test("what failed about a comparison is said in its card", async () => {
  await open(
    `${page}?from=11&to=0`,
    makeWorld().on("revision.compare", () => broken("internal")),
  );
  expect(await within(await card()).findByRole("alert")).toHaveTextContent("内部错误");
});
