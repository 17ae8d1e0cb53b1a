// Smart migration as the server shows it: pay-01 has a CPU that is yellow, on pay-02 a resource of the cluster measures the disks.
import type {
  HealthHistory,
  HealthNode,
  HealthPlan,
  HealthPolicy,
  HealthQuestion,
  HealthReading,
  HealthShown,
  KindHealth,
} from "../api/types";
import { list } from "../lib/list";
import { ago } from "./data";
import { makeForecast } from "./insight";

export function makeHealthPolicy(over: Partial<HealthPolicy> = {}): HealthPolicy {
  const rule = { on: true, yellow: 85, red: 95, lastsSeconds: 60, backSeconds: 120, margin: 5 };
  return {
    move: "red",
    cpu: { ...rule, yellow: 80 },
    mem: rule,
    disk: { ...rule, margin: 2, mounts: ["/", "/srv/db"], smart: true },
    nodes: [{ node: "pay-03", mem: { ...rule, yellow: 95, red: 98 } }],
    except: ["pay-log"],
    ...over,
  };
}

function reading(measure: HealthReading["measure"], percent: number, over: Partial<HealthReading> = {}): HealthReading {
  const yellow = measure === "cpu" ? 80 : 85;
  return {
    measure,
    percent,
    yellow,
    red: 95,
    colour: percent >= 95 ? "red" : percent >= yellow ? "yellow" : "green",
    ...over,
  };
}

function makeNode(name: string, cpu: number, mem: number, space: number, policy: HealthPolicy): HealthNode {
  const own = list(policy.nodes).find((n) => n.node === name);
  const kind = (k: KindHealth["kind"], ...readings: HealthReading[]): KindHealth => ({
    kind: k,
    colour: readings[0]?.colour ?? "green",
    since: ago(readings[0]?.colour === "green" ? 86_400 : 140),
    readings,
  });
  return {
    node: name,
    online: true,
    colour: cpu >= 95 ? "red" : cpu >= 80 ? "yellow" : "green",
    rules: { cpu: policy.cpu, mem: own?.mem ?? policy.mem, disk: policy.disk },
    own: own ? ["mem"] : [],
    health: {
      node: name,
      kinds: [
        kind("cpu", reading("cpu", cpu)),
        kind("mem", reading("mem", mem, own?.mem ? { yellow: 95, red: 98 } : {})),
        kind(
          "disk",
          reading("space", space, { object: "/srv/db" }),
          reading("smart", 0, { object: "/dev/sda", yellow: 100, red: 100 }),
        ),
      ],
    },
  };
}

export function makeHealth(over: Partial<HealthShown> = {}): HealthShown {
  const policy = over.policy ?? makeHealthPolicy();
  const second = makeNode("pay-02", 22, 34, 71, policy);
  for (const k of list(second.health?.kinds))
    if (k.kind === "disk") {
      delete k.colour;
      delete k.since;
      k.off = "agent";
      k.agent = "disk-health";
      k.readings = [{ measure: "space", object: "/", percent: 71 }];
    }
  return {
    policy,
    scores: { base: 600_000, red: -180_000, yellow: 0 },
    nodes: [makeNode("pay-01", 86, 62, 71, policy), second, makeNode("pay-03", 47, 74, 58, policy)],
    agents: [
      {
        resource: "disk-health",
        agent: "ocf:pacemaker:SysInfo",
        kind: "disk",
        attribute: "#health_disk",
        measures: ["space"],
      },
    ],
    held: [],
    mistakes: [],
    services: ["pay", "pay-db", "pay-log", "pay-web"],
    version: { adminEpoch: 0, epoch: 42, numUpdates: 0 },
    ...over,
  };
}

/** As the scheduler answers: nothing moves unless a node is thought to be red. */
export function makeHealthPlan(question: HealthQuestion, over: Partial<HealthPlan> = {}): HealthPlan {
  const colours = list(question.colours);
  const red = colours.some((c) => c.colour === "red");
  return {
    policy: question.policy ?? makeHealthPolicy(),
    scores: { base: 600_000, red: -180_000, yellow: 0 },
    colours: colours.length > 0 ? [...colours] : [{ node: "pay-01", kind: "cpu", colour: "yellow" }],
    unknown: [],
    held: [],
    forecast: makeForecast(red ? { differences: [] } : { actions: [], services: [], steps: [], differences: [] }),
    ...over,
  };
}

/** An hour, a sample each half a minute; for five minutes nobody measured. */
export function makeHealthHistory(node: string): HealthHistory {
  const base = node === "pay-01" ? 60 : 30;
  return {
    node,
    samples: Array.from({ length: 120 }, (_, i) => i)
      .filter((i) => i < 60 || i > 70)
      .map((i) => ({
        at: ago((120 - i) * 30),
        values: {
          cpu: Math.min(100, base + 12 * Math.sin(i / 7) + (node === "pay-01" && i > 100 ? 18 : 0)),
          mem: 55 + 5 * Math.sin(i / 20),
          space: 58 + i / 10,
          smart: 0,
        },
      })),
  };
}
