// The file of a cluster, as the server reads it and carries it over.
import type { Body, Difference, FaultField, ManifestContents, MappingNeed, Migration } from "../api/types";
import { list } from "../lib/list";
import { makeDetail } from "./data";
import { FakeFault } from "./network";

export const needs: readonly MappingNeed[] = [
  {
    kind: "device",
    value: "/dev/disk/by-id/wwn-0x5000c500a1b2c3d4",
    resource: "pay-fs",
    parameter: "device",
    path: "resources[0].members[0].parameters.device",
  },
  {
    kind: "address",
    value: "10.8.20.100",
    resource: "pay-vip",
    parameter: "ip",
    path: "resources[0].members[2].parameters.ip",
  },
  {
    kind: "secret",
    value: "fence-pay-01.password",
    resource: "fence-pay-01",
    parameter: "password_script",
    path: "resources[1].parameters.password_script",
  },
];

export function makeContents(over: Partial<ManifestContents> = {}): ManifestContents {
  return {
    cluster: "pay-core",
    nodes: ["pay-01", "pay-02", "pay-03"],
    links: [
      { number: 0, addresses: ["10.8.0.11", "10.8.0.12", "10.8.0.13"] },
      { number: 1, addresses: ["10.8.1.11", "10.8.1.12", "10.8.1.13"] },
    ],
    resources: makeDetail().config?.resources ?? [],
    constraints: 4,
    needs: [...needs],
    stays: ["disk_heartbeat"],
    ...over,
  };
}

interface Mapping {
  cluster: string;
  nodes: { old: string; new: string; addresses: string[] }[];
  addresses: Record<string, string>;
  devices: Record<string, string>;
  secrets: Record<string, string>;
}

/** Refuses what a mapping leaves out, as the server does, or carries the file over. */
export function migrate(body: Body<"config.migrate">): Migration | FakeFault {
  // The console sends JSON, which is YAML, too.
  const m = JSON.parse(body.mapping) as Mapping;
  const answers = { address: m.addresses, device: m.devices, secret: m.secrets };
  const missing = needs.filter((n) => !answers[n.kind][n.value]);
  const nodes = list(makeContents().nodes).filter((name) => !m.nodes.some((n) => n.old === name));
  const fields: FaultField[] = [
    ...nodes.map((name) => ({ path: "mapping.nodes", reason: "migrate.node_missing", message: "", args: { name } })),
    ...missing.map((n) => ({
      path: n.path,
      reason: `migrate.${n.kind}_missing`,
      message: "",
      args: { [n.kind]: n.value },
    })),
  ];
  if (fields.length > 0) return new FakeFault(400, { code: "invalid", reason: "fields", message: "left out", fields });
  const differences: Difference[] = needs
    .filter((n) => n.kind !== "secret" && answers[n.kind][n.value] !== n.value)
    .map((n) => ({
      object: "resource",
      id: n.resource,
      field: `parameters.${n.parameter}`,
      before: n.value,
      after: answers[n.kind][n.value] ?? "",
      change: "changed",
    }));
  return {
    cluster: m.cluster,
    setup: {
      name: m.cluster,
      autostart: true,
      nodes: m.nodes.map((n) => ({ name: n.new, addresses: n.addresses })),
    },
    yaml: `format: 1\ncluster: ${m.cluster}\npassword: ${m.secrets["fence-pay-01.password"] ?? ""}\n`,
    differences,
  };
}
