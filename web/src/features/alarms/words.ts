import type { Alarm, Message } from "../../api/types";
import type { Tone } from "../../components/tone";
import type { Translate } from "../../lib/i18n";

/** The kinds of alarms, as internal/ha names them, worst first. */
export const kinds = [
  "quorum.lost",
  "volume.split",
  "node.fencing",
  "node.away",
  "node.fenced",
  "resource.failed",
  "resource.stopped",
  "resource.moved",
  "cluster.stopped",
  "volume.disk",
  "volume.disconnected",
  "volume.differs",
  "diskhb.alone",
  "target.missed",
  "diskhb.stalled",
  "health.bad",
  "link.lost",
  "qdevice.lost",
  "agent.away",
  "health.blind",
  "disk.full",
  "certificate.expiring",
  "licence.expiring",
  "licence.ukey",
  "node.straggler",
  "node.foreign",
  "licence.clock",
  "volume.synced",
  "config.outside",
  "resource.unmanaged",
  "maintenance",
] as const;

const tones: Record<Alarm["severity"], Tone> = { info: "info", warning: "warn", critical: "bad" };

/** Colour of a severity; of what is over only how bad it was is told, without its colour. */
export function severityTone(severity: Alarm["severity"]): Tone {
  return tones[severity];
}

const worth: Record<Alarm["severity"], number> = { critical: 0, warning: 1, info: 2 };

/** Worst first, and of the same severity the newest. */
export function byWorst(a: Alarm, b: Alarm): number {
  return worth[a.severity] - worth[b.severity] || b.opened.localeCompare(a.opened);
}

/** The title of a kind, also of a pattern such as node.*; as it is where there is none. */
export function kindTitle(t: Translate, kind: string): string {
  return t.words(`alarm.${kind}`, undefined, kind);
}

/** What an alarm is about, as a person says it: n1|n2|0 is a link between two nodes. */
export function objectText(alarm: Alarm): string {
  return (alarm.object ?? "").split("|").filter(Boolean).join(" · ");
}

export const messageTone: Record<Message["state"], Tone> = {
  queued: "info",
  sending: "info",
  trying: "warn",
  sent: "ok",
  gave_up: "off",
};

/** Whether a message has not been taken yet and nobody has given it up. */
export function waits(message: Message): boolean {
  return message.state !== "sent" && message.state !== "gave_up";
}

/** Seconds as they were set: 10 s, 5 min, 1 h. */
export function secondsText(seconds: number): string {
  if (seconds > 0 && seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds > 0 && seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

/** Where to look in the console for what an alarm is about. */
export function placeOf(alarm: Alarm): string | undefined {
  if (!alarm.cluster) return alarm.kind === "agent.away" || alarm.kind === "disk.full" ? "/hosts" : undefined;
  const base = `/c/${encodeURIComponent(alarm.cluster)}`;
  const object = encodeURIComponent(alarm.object ?? "");
  if (alarm.kind.startsWith("resource.")) return `${base}/resources?resource=${object}`;
  if (/^(link|diskhb|qdevice)\./.test(alarm.kind)) return `${base}/heartbeat`;
  if (alarm.kind.startsWith("health.")) return `${base}/health`;
  if (alarm.kind.startsWith("node.") && object) return `${base}/nodes/${object}`;
  return alarm.kind.startsWith("config.") ? `${base}/history` : base;
}
