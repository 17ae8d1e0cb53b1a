import type { IconName } from "./Icon";

/** pgsql, from ocf:heartbeat:pgsql. */
export function agentType(agent: string | undefined): string {
  return agent?.split(":").pop() ?? "";
}

/** What most fence agents are told, although none of it is required. */
export const fenceParameters: readonly string[] = [
  "ip",
  "ipaddr",
  "username",
  "login",
  "password",
  "passwd",
  "lanplus",
  "plug",
  "port",
  "path",
  "pcmk_delay_base",
];

export function isFenceAgent(agent: string | undefined): boolean {
  return agent?.startsWith("stonith:") ?? false;
}

export function resourceIcon(kind: string, agent: string | undefined): IconName {
  if (kind === "group") return "group";
  if (kind === "clone" || kind === "bundle") return "clone";
  if (isFenceAgent(agent)) return "shield";
  const type = agentType(agent);
  if (/^(IPaddr|IPv6)/.test(type)) return "link";
  if (/^(Filesystem|LVM|mdraid|drbd|iSCSI)/.test(type)) return "disk";
  return "resource";
}
