import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";

import { resourceScenario } from "../components/scenario";
import { makeForecast } from "../fake/insight";
import { makeWorld } from "../fake/world";
import { broken, open, silent } from "../test/render";

const c = "/c/pay-core";

test("what fails is chosen, stands in the URL, and is what the scheduler is asked about", async () => {
  const net = makeWorld();
  const { user, router } = await open(`${c}/whatif`, net);
  expect(await screen.findByText("还没有选择故障")).toBeVisible();
  await user.click(screen.getByRole("combobox", { name: "失去节点" }));
  await user.click(await screen.findByTitle("pay-01"));
  expect(await screen.findByRole("region", { name: "推演结果" })).toHaveTextContent("pay 至少中断 9.9 s");
  await user.click(screen.getByRole("checkbox", { name: /集群失去法定票数/ }));
  await waitFor(() => expect(net.bodies("whatif.play").at(-1)).toEqual({ loseNodes: ["pay-01"], loseQuorum: true }));
  expect(router.state.location.search).toBe("?lose=pay-01&noquorum=1");
});

test("what stands in the URL is played: nodes, failed monitors, standby", async () => {
  const net = makeWorld();
  await open(`${c}/whatif?lose=pay-02&fail=pay-db&standby=pay-03`, net);
  await screen.findByRole("region", { name: "推演结果" });
  expect(net.bodies("whatif.play")).toEqual([
    {
      loseNodes: ["pay-02"],
      fail: [{ resource: "pay-db" }],
      edits: [{ op: "node.attributes", node: "pay-03", values: { standby: "on" } }],
    },
  ]);
});

test("a target that a change would break is told with what takes most", async () => {
  const warning = {
    code: "budget_monitor",
    severity: "warning" as const,
    object: "pay",
    args: {
      service: "pay",
      event: "application",
      time: "31",
      target: "10",
      part: "30",
      resource: "pay-db",
      want: "18s",
    },
  };
  await open(
    `${c}/whatif?standby=pay-03`,
    makeWorld().on("whatif.play", () => makeForecast({ warnings: [warning] })),
  );
  expect(await screen.findByRole("region", { name: "推演结果" })).toHaveTextContent(
    "将达不到目标。pay，应用崩溃：预计需 31 s，目标为 10 s。其中 30 s 用于等待 pay-db 的下一次监控。缩短 pay-db 的监控间隔：每 18s 一次。",
  );
});

test("a service that does not come back, and quorum that is lost, stand first", async () => {
  const net = makeWorld().on("whatif.play", () =>
    makeForecast({ quorate: false, services: [{ service: "pay", ends: false, exact: false, outageMs: 0 }] }),
  );
  await open(`${c}/whatif?lose=pay-02`, net);
  expect(await screen.findByRole("region", { name: "推演结果" })).toHaveTextContent(
    /^集群将失去法定票数。pay 将停止，且不会自行恢复。/,
  );
});

test("an outage that was never measured is not called none, and many actions are folded", async () => {
  const net = makeWorld().on("whatif.play", () =>
    makeForecast({
      services: [{ service: "pay", ends: true, exact: false, outageMs: 0, missing: ["stop pay-vip@pay-01"] }],
      actions: Array.from({ length: 10 }, (_, i) => ({ kind: "stop" as const, resource: `r-${i}`, transition: 0 })),
    }),
  );
  const { user } = await open(`${c}/whatif?lose=pay-02`, net);
  const forecast = await screen.findByRole("region", { name: "推演结果" });
  expect(forecast).toHaveTextContent("pay 会中断，时长尚未测得。本集群尚未测得：stop pay-vip@pay-01。");
  expect(within(forecast).queryByText("r-9")).toBeNull();
  await user.click(within(forecast).getByRole("button", { name: "全部 10 项" }));
  expect(within(forecast).getByText("r-9")).toBeVisible();
});

test("while it is played, and where it cannot be, the page says so", async () => {
  await open(`${c}/whatif?lose=pay-02`, silent(makeWorld(), "whatif.play"));
  expect(await screen.findByText(/正在由调度器推演/)).toBeVisible();
});

test("a scheduler that refuses is told with its reason, and asked again", async () => {
  const net = makeWorld().on("whatif.play", () => broken("internal"));
  const { user } = await open(`${c}/whatif?lose=pay-02`, net);
  const alert = await screen.findByRole("alert");
  await user.click(within(alert).getByRole("button", { name: "重试" }));
  await waitFor(() => expect(net.bodies("whatif.play")).toHaveLength(2));
});

test("moving shows what would happen for the node that is chosen", async () => {
  const net = makeWorld();
  const { user } = await open(`${c}/resources`, net);
  await user.click(await screen.findByRole("button", { name: "pay 的操作" }));
  await user.click(await screen.findByRole("menuitem", { name: "迁移" }));
  const dialog = await screen.findByRole("dialog");
  await within(dialog).findByRole("region", { name: "推演结果" });
  await user.click(await within(dialog).findByRole("radio", { name: /pay-03/ }));
  await waitFor(() =>
    expect(net.bodies("whatif.play")).toEqual([
      { move: [{ resource: "pay" }] },
      { move: [{ resource: "pay", node: "pay-03" }] },
    ]),
  );
});

test("standby and fencing of a node show what would happen before they are confirmed", async () => {
  const net = makeWorld();
  const { user } = await open(`${c}/nodes`, net);
  await user.click(await screen.findByRole("button", { name: "pay-01 的操作" }));
  await user.click(await screen.findByRole("menuitem", { name: "启用备用" }));
  await within(await screen.findByRole("dialog")).findByRole("region", { name: "推演结果" });
  expect(net.bodies("whatif.play")).toEqual([
    { edits: [{ op: "node.attributes", node: "pay-01", values: { standby: "on" } }] },
  ]);
  expect(net.bodies("node.standby")).toEqual([]);
});

test("a form asks only when it is asked, and again when it has changed", async () => {
  const net = makeWorld();
  const { user } = await open(`${c}/preferences`, net);
  const card = await screen.findByRole("region", { name: "资源默认值" });
  const field = within(card).getByRole("textbox", { name: "resource-stickiness" });
  await user.clear(field);
  await user.type(field, "200");
  expect(net.bodies("whatif.play")).toEqual([]);
  await user.click(within(card).getByRole("button", { name: "先看会发生什么" }));
  await within(card).findByRole("region", { name: "推演结果" });
  expect(net.bodies("whatif.play")).toEqual([
    { edits: [{ op: "resource_defaults.set", values: { "resource-stickiness": "200" }, unset: [] }] },
  ]);
  await user.type(field, "0");
  expect(within(card).queryByRole("region", { name: "推演结果" })).toBeNull();
  expect(within(card).getByRole("button", { name: "先看会发生什么" })).toBeVisible();
});

test("an act on a resource is asked about as what it writes; what it does not write is not asked about", () => {
  const config = {
    resources: [
      {
        id: "g",
        kind: "group" as const,
        members: [
          { id: "a", kind: "primitive" as const, meta: { "target-role": "Stopped" } },
          { id: "b", kind: "primitive" as const },
        ],
      },
    ],
  };
  const of = (what: string) => resourceScenario(what, "g", config as never);
  expect(of("start")).toEqual({
    edits: [
      { op: "meta.set", id: "g", unset: ["target-role"] },
      { op: "meta.set", id: "a", unset: ["target-role"] },
    ],
  });
  expect(of("stop")).toEqual({ edits: [{ op: "meta.set", id: "g", values: { "target-role": "Stopped" } }] });
  expect(of("delete")).toEqual({ edits: [{ op: "resource.delete", id: "g" }] });
  expect(of("restart")).toEqual({ restart: ["g"] });
  expect(of("cleanup")).toEqual({ cleanup: [{ resource: "g" }] });
  expect(of("refresh")).toBeUndefined();
});
