import type { Event } from "../api/types";
import { type MessageKey, useT } from "../lib/i18n";
import { Icon, type IconName } from "./Icon";
import { At } from "./Time";
import type { Tone } from "./tone";

const severityTone: Record<Event["severity"], Tone> = { info: "ok", warning: "warn", critical: "bad" };
const severityIcon: Record<Event["severity"], IconName> = { info: "ok", warning: "warn", critical: "bad" };

const icons: Record<string, IconName> = {
  "node.fenced": "shield",
  "fence.failed": "shield",
  "resource.moved": "arrow",
  "link.lost": "heartbeat",
  "link.restored": "heartbeat",
  "dc.changed": "star",
  "node.maintenance": "wrench",
  "cluster.maintenance": "wrench",
};

// What the cluster decided, and what it did; all else happened to it.
const decided = /^(dc\.|quorum\.|node\.unclean)/;
const did = /^(node\.fenced|fence\.|resource\.(started|stopped|moved|recovered|promoted))/;

function part(event: Event): MessageKey {
  if (event.actor && !event.kind.includes("outside")) return "event.asked";
  if (did.test(event.kind)) return "event.did";
  return decided.test(event.kind) ? "event.decided" : "event.happened";
}

/** One line of the time line: what happened, what the cluster decided, what it did. */
export function EventLine({ event, cluster }: { event: Event; cluster?: boolean }) {
  const t = useT();
  const what = t.words(`event.${event.kind}`, event.args);
  const by = event.args?.seenBy;
  const tone = severityTone[event.severity];
  return (
    <li className={`v-${tone}`}>
      <span className="disc">
        <Icon
          name={icons[event.kind] ?? severityIcon[event.severity]}
          size={14}
          label={t(`severity.${event.severity}`)}
        />
      </span>
      <div className="grow">
        <p className="xs t3">
          <At at={event.at} /> <b className={tone}>{t(part(event))}</b>
          {cluster && event.cluster && <span> · {event.cluster}</span>}
          {event.actor && <span> · {event.actor}</span>}
        </p>
        <p className="wrap">{by ? t.words("event.seen_by", { what, by }) : what}</p>
      </div>
    </li>
  );
}
