import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";

import { keys } from "../api/queries";
import { makeDetail } from "../fake/data";
import { makeWorld } from "../fake/world";
import { open } from "../test/render";

test("a click on an open menu is not lost to news that would list one act more", async () => {
  let detail = makeDetail();
  const net = makeWorld().on("cluster.show", () => detail);
  const { user, cache } = await open("/c/pay-core/resources", net);
  await user.click(await screen.findByRole("button", { name: "pay 的操作" }));
  const item = await screen.findByRole("menuitem", { name: /编辑/ });
  fireEvent.mouseDown(item);
  // A move leaves a constraint behind, which may then be taken away.
  const config = detail.config;
  if (!config) throw new Error("the fake has no configuration");
  const moved = {
    id: "hawser-move-pay",
    kind: "location" as const,
    resource: "pay",
    node: "pay-02",
    score: "INFINITY",
  };
  detail = makeDetail({ config: { ...config, constraints: [...(config.constraints ?? []), moved] } });
  await act(() => cache.invalidateQueries({ queryKey: keys.cluster("pay-core") }));
  await waitFor(() => expect(cache.getQueryData(keys.cluster("pay-core"))).toEqual(detail));
  expect(item).toBeInTheDocument();
  await user.keyboard("{Escape}");
});
