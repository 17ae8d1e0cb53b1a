import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";

import { makeDetail } from "../fake/data";
import { FakeFault } from "../fake/network";
import { makeWorld } from "../fake/world";
import { keys } from "../api/queries";
import { open } from "../test/render";

const page = "/c/pay-core/preferences";

test("resource defaults are sent as what is set and what is no longer", async () => {
  const net = makeWorld();
  const { user } = await open(page, net);
  const card = await screen.findByRole("region", { name: "资源默认值" });
  expect(within(card).getByText(/不再迁回而中断一次/)).toBeVisible();
  const stickiness = within(card).getByRole("textbox", { name: "resource-stickiness" });
  await user.clear(stickiness);
  await user.type(stickiness, "200");
  await user.click(within(card).getByRole("button", { name: "migration-threshold 恢复默认" }));
  expect(within(card).getByText(/对没有自行设置它的全部资源立即生效/)).toBeVisible();
  await user.click(within(card).getByRole("button", { name: "保存 2 项修改" }));
  await waitFor(() =>
    expect(net.bodies("defaults.set")).toMatchObject([
      { resource: { set: { "resource-stickiness": "200" }, unset: ["migration-threshold"] } },
    ]),
  );
});

test("a default that stops services says so before it is saved", async () => {
  const { user } = await open(page, makeWorld());
  const card = await screen.findByRole("region", { name: "资源默认值" });
  await user.click(within(card).getByRole("combobox", { name: "target-role" }));
  await user.click(await screen.findByTitle("Stopped"));
  expect(await within(card).findByText(/会立即停止，服务中断/)).toBeVisible();
});

test("a refused default is said at its own field", async () => {
  const net = makeWorld().on(
    "defaults.set",
    () =>
      new FakeFault(422, {
        code: "invalid",
        reason: "fields",
        message: "not valid",
        fields: [
          { path: "operation.set.timeout", reason: "duration.invalid", message: "no duration", args: { value: "x" } },
        ],
      }),
  );
  const { user } = await open(page, net);
  const card = await screen.findByRole("region", { name: "操作默认值" });
  await user.type(within(card).getByRole("textbox", { name: "timeout" }), "x");
  await user.click(within(card).getByRole("button", { name: "保存 1 项修改" }));
  const field = within(card).getByRole("textbox", { name: "timeout" }).closest("li") ?? card;
  expect(await within(field).findByRole("alert")).toBeVisible();
});

test("what is being edited stays while something else of the cluster changes", async () => {
  const net = makeWorld();
  const { user, cache } = await open(page, net);
  const card = await screen.findByRole("region", { name: "资源默认值" });
  await user.type(within(card).getByRole("textbox", { name: "priority" }), "7");
  const detail = makeDetail();
  net.on("cluster.show", () => ({
    ...detail,
    ...(detail.config
      ? { config: { ...detail.config, version: { adminEpoch: 0, epoch: 43, numUpdates: 0 }, resources: [] } }
      : {}),
  }));
  await cache.invalidateQueries({ queryKey: keys.cluster("pay-core") });
  expect(within(card).getByRole("textbox", { name: "priority" })).toHaveValue("7");
});
