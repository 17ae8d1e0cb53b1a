import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";

import { FakeFault } from "../fake/network";
import { makeWorld } from "../fake/world";
import { open } from "../test/render";

const page = "/c/pay-core/history?file=1";
const text = () => screen.findByRole("textbox", { name: "配置文件（YAML）" });

test("the configuration is a file that is changed, compared, and applied as it was compared", async () => {
  const net = makeWorld();
  const { user } = await open(page, net);
  const yaml = await text();
  expect(yaml).toHaveValue("resources:\n- id: pay\n  kind: group\n");
  const apply = screen.getByRole("button", { name: "应用" });
  expect(apply).toBeDisabled();
  await user.type(yaml, "tags: night");
  await user.click(screen.getByRole("button", { name: "先看会改变什么" }));
  const differences = await screen.findByRole("region", { name: "配置的变化" });
  expect(within(differences).getByText("night")).toBeVisible();
  await user.type(yaml, " ");
  expect(apply).toBeDisabled();
  await user.click(screen.getByRole("button", { name: "先看会改变什么" }));
  await waitFor(() => expect(apply).toBeEnabled());
  await user.click(apply);
  await waitFor(() =>
    expect(net.bodies("config.apply")).toEqual([
      {
        yaml: "resources:\n- id: pay\n  kind: group\ntags: night ",
        version: { adminEpoch: 0, epoch: 43, numUpdates: 0 },
      },
    ]),
  );
});

test("a file that cannot be read is refused with its line, and stays", async () => {
  const net = makeWorld().on(
    "config.plan",
    () =>
      new FakeFault(422, { code: "invalid", reason: "manifest.unknown_key", message: "line 4: unknown key", args: {} }),
  );
  const { user } = await open(page, net);
  await user.type(await text(), "typo: 1");
  await user.click(screen.getByRole("button", { name: "先看会改变什么" }));
  expect(await screen.findByRole("alert")).toBeVisible();
  expect(await text()).toHaveDisplayValue(/typo: 1/);
});
