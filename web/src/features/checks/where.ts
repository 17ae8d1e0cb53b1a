import type { Finding } from "../../api/types";
import type { MessageKey } from "../../lib/i18n";

export interface Place {
  to: string;
  text: MessageKey;
  object?: string;
}

/** The page of a cluster on which a finding can be mended by hand; undefined where there is none. */
export function whereToMend(f: Finding): Place | undefined {
  if (/^fence_|^fencing_off|^no_fence_device/.test(f.code)) return { to: "fencing", text: "menu.fencing" };
  if (/^one_link|^links_/.test(f.code)) return { to: "heartbeat", text: "menu.heartbeat" };
  if (/^quorum_ignored|^property_|^no_stickiness|^endless_start/.test(f.code))
    return { to: "preferences", text: "menu.preferences" };
  if (/^vip_|^runs_nowhere|^move_left|^failures_left/.test(f.code))
    return {
      to: `resources${f.args?.resource ? `?resource=${encodeURIComponent(f.args.resource)}` : ""}`,
      text: "menu.resources",
    };
  if (f.code.startsWith("drbd_") && f.args?.volume)
    return {
      to: `replication/${encodeURIComponent(f.args.volume)}`,
      text: "checks.of_volume",
      object: f.args.volume,
    };
  if (f.args?.resource)
    return {
      to: `resources/${encodeURIComponent(f.args.resource)}/edit`,
      text: "checks.edit",
      object: f.args.resource,
    };
  return undefined;
}
