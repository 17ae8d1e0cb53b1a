import type { Config, ResourceConfig, Scenario } from "../api/types";
import { list } from "../lib/list";
import { byMove } from "./placement";

/** What is written by an act on a resource, as the scheduler is asked about it; undefined where no change of the configuration says it. */
export function resourceScenario(what: string, id: string, config: Config | undefined): Scenario | undefined {
  const meta = (values: Record<string, string>): Scenario => ({ edits: [{ op: "meta.set", id, values }] });
  // What was asked of a member goes, too: there is no other word for "should run".
  const unset = (name: string): Scenario => ({
    edits: [id, ...withMembers(find(list(config?.resources), id)).flatMap((r) => (r.meta?.[name] ? [r.id] : []))].map(
      (each) => ({ op: "meta.set", id: each, unset: [name] }),
    ),
  });
  switch (what) {
    case "start":
      return unset("target-role");
    case "stop":
      return meta({ "target-role": "Stopped" });
    case "manage":
      return unset("is-managed");
    case "unmanage":
      return meta({ "is-managed": "false" });
    case "clear":
      return {
        edits: list(config?.constraints)
          .filter((c) => byMove(c, id))
          .map((c) => ({ op: "constraint.delete", id: c.id })),
      };
    case "restart":
      return { restart: [id] };
    case "cleanup":
      return { cleanup: [{ resource: id }] };
    case "delete":
      return { edits: [{ op: "resource.delete", id }] };
    default:
      return undefined;
  }
}

/** The same for a node. That it is fenced is the same to its services as that it vanishes. */
export function nodeScenario(what: string, node: string): Scenario | undefined {
  const set = (name: string, value?: string): Scenario => ({
    edits: [{ op: "node.attributes", node, ...(value ? { values: { [name]: value } } : { unset: [name] }) }],
  });
  switch (what) {
    case "standby":
      return set("standby", "on");
    case "unstandby":
      return set("standby");
    case "maintenance":
      return set("maintenance", "true");
    case "unmaintenance":
      return set("maintenance");
    case "stop":
      return { stopNodes: [node] };
    case "fence":
      return { loseNodes: [node] };
    default:
      return undefined;
  }
}

function find(all: readonly ResourceConfig[], id: string): ResourceConfig | undefined {
  for (const r of all) {
    const found = r.id === id ? r : find(list(r.members), id);
    if (found) return found;
  }
  return undefined;
}

/** The members of a resource, at every depth. */
function withMembers(r: ResourceConfig | undefined): ResourceConfig[] {
  return list(r?.members).flatMap((m) => [m, ...withMembers(m)]);
}
