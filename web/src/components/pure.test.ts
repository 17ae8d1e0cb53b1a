import { expect, test } from "vitest";

import { makeConstraints, makeHost } from "../fake/data";
import { addressChoices, addressIn, commonNetworks, networkOf } from "./addresses";
import { freeID, nodeOrder, pingRule } from "./constraints";
import { placements, scoreOf } from "./placement";

test("networks are told from addresses with their prefix", () => {
  expect(networkOf("10.8.20.11/24")).toBe("10.8.20.0/24");
  expect(networkOf("172.16.5.130/25")).toBe("172.16.5.128/25");
});

test("links are proposed only for networks that all hosts share", () => {
  const one = makeHost({ name: "node-1" });
  const two = makeHost({ name: "node-2" });
  const interfaces = (two.facts.interfaces ?? []).filter((i) => i.name !== "ens4f0");
  const fewer = { ...two, facts: { ...two.facts, interfaces } };
  expect(commonNetworks([one, fewer])).toEqual(["10.8.0.0/24", "10.8.20.0/24"]);
  expect(addressIn(two, "10.8.0.0/24")).toBe("10.8.0.12");
});

test("loopback and interfaces that are down carry no heartbeat", () => {
  const host = makeHost({ name: "node-1" });
  const interfaces = (host.facts.interfaces ?? []).map((i) => (i.name === "bond0" ? { ...i, up: false } : i));
  const choices = addressChoices({ ...host, facts: { ...host.facts, interfaces } });
  expect(choices.map((c) => c.interface)).toEqual(["ens4f0", "ens4f1"]);
});

test("the order of nodes comes from the scores", () => {
  const places = placements(makeConstraints(), "pay");
  expect([...places]).toEqual([
    ["pay-01", { kind: "main" }],
    ["pay-03", { kind: "spare", rank: 1 }],
  ]);
  expect(placements(makeConstraints(), "fence-pay-01").get("pay-01")).toEqual({ kind: "banned" });
  expect(scoreOf("-INFINITY")).toBe(-Infinity);
});

test("IDs are valid XML IDs that nobody has", () => {
  expect(freeID(["pay", "on", "n 1"], [])).toBe("pay-on-n-1");
  expect(freeID(["pay"], ["pay", "pay-2"])).toBe("pay-3");
  expect(freeID(["1st"], [])).toBe("c-1st");
});

test("an order of nodes becomes falling scores, a ping rule bans what cannot ping", () => {
  expect(nodeOrder("pay", ["b", "a"], []).map((c) => [c.node, c.score])).toEqual([
    ["b", "200"],
    ["a", "100"],
  ]);
  expect(pingRule("pay", []).rule?.score).toBe("-INFINITY");
});
