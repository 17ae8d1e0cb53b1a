import type { Host, Setup } from "../../api/types";
import { addressIn, commonNetworks } from "../../components/addresses";

/** Corosync's limit is 8; one is kept for the disk heartbeat. */
export const mostLinks = 7;
/** One link is a single point of failure. */
export const advisedLinks = 2;

export type Profile = "fast" | "balanced" | "tolerant";
export const profiles: readonly Profile[] = ["fast", "balanced", "tolerant"];

export interface Draft {
  name: string;
  hosts: readonly string[];
  /** For each link the address of each host, by the host's name. */
  links: readonly Readonly<Record<string, string>>[];
  profile: Profile;
  autostart: boolean;
}

export const emptyDraft: Draft = { name: "", hosts: [], links: [], profile: "balanced", autostart: true };

/** The draft that a failed creation began with, from the browser's history: nothing has to be typed again. */
export function draftOf(state: unknown): Draft | undefined {
  return typeof state === "object" && state !== null && "draft" in state && isDraft(state.draft)
    ? state.draft
    : undefined;
}

function isDraft(value: unknown): value is Draft {
  return typeof value === "object" && value !== null && Object.keys(emptyDraft).every((key) => key in value);
}

/** A link for each network that all hosts share. */
export function proposeLinks(hosts: readonly Host[]): Record<string, string>[] {
  return commonNetworks(hosts)
    .slice(0, mostLinks)
    .map((network) => Object.fromEntries(hosts.map((h) => [h.name, addressIn(h, network) ?? ""])));
}

export function setupOf(draft: Draft): Setup {
  return {
    name: draft.name,
    autostart: draft.autostart,
    timing: { profile: draft.profile },
    nodes: draft.hosts.map((name) => ({ name, addresses: draft.links.map((link) => link[name] ?? "") })),
  };
}

/** Why the links are not ready yet; empty where they are. */
export function linksProblem(draft: Draft): "none" | "incomplete" | "twice" | undefined {
  if (draft.links.length === 0) return "none";
  const addresses = draft.links.flatMap((link) => draft.hosts.map((h) => link[h] ?? ""));
  if (addresses.includes("")) return "incomplete";
  return new Set(addresses).size < addresses.length ? "twice" : undefined;
}
