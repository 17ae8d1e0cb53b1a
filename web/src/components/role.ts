import type { Resource, ResourceState } from "../api/types";
import type { IconName } from "./Icon";
import type { Tone } from "./tone";

type Shown = Pick<ResourceState, "role" | "failed" | "blocked" | "managed" | "disabled"> | Resource;

/** How a resource stands, as a tone and the key of its word: role.<key>. */
export function roleLook(r: Shown): { tone: Tone; icon: IconName; key: RoleKey } {
  if (r.blocked) return { tone: "bad", icon: "bad", key: "blocked" };
  if (r.failed) return { tone: "bad", icon: "bad", key: "failed" };
  switch (r.role) {
    case "Started":
      return { tone: "ok", icon: "ok", key: "started" };
    case "Promoted":
      return { tone: "info", icon: "star", key: "promoted" };
    case "Unpromoted":
      return { tone: "ok", icon: "ok", key: "unpromoted" };
    case "Starting":
    case "Promoting":
      return { tone: "info", icon: "sync", key: "starting" };
    case "Stopping":
    case "Demoting":
      return { tone: "warn", icon: "sync", key: "stopping" };
    case "Migrating":
      return { tone: "info", icon: "arrow", key: "migrating" };
    case "Mixed":
      return { tone: "warn", icon: "warn", key: "mixed" };
    case "Stopped":
      return r.disabled ? { tone: "off", icon: "off", key: "disabled" } : { tone: "bad", icon: "bad", key: "stopped" };
    default:
      return { tone: "off", icon: "unknown", key: "unknown" };
  }
}

export type RoleKey =
  | "blocked"
  | "failed"
  | "started"
  | "promoted"
  | "unpromoted"
  | "starting"
  | "stopping"
  | "migrating"
  | "mixed"
  | "disabled"
  | "stopped"
  | "unknown";
