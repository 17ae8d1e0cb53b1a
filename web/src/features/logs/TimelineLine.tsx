import { Link } from "react-router";

import type { Decision, TimelineEntry } from "../../api/types";
import { EventLine } from "../../components/EventLine";
import { useFaultText } from "../../components/FaultView";
import { Icon, type IconName } from "../../components/Icon";
import { At } from "../../components/Time";
import type { Tone } from "../../components/tone";
import { useTracker } from "../../components/Tracker";
import { list } from "../../lib/list";
import { type MessageKey, type Translate, useT } from "../../lib/i18n";

const tones: Record<TimelineEntry["severity"], Tone> = { info: "ok", warning: "warn", critical: "bad" };
const icons: Record<TimelineEntry["source"], IconName> = {
  event: "events",
  operation: "play",
  revision: "edit",
  audit: "audit",
  decision: "scales",
};
export const sourceText: Record<TimelineEntry["source"], MessageKey> = {
  event: "logs.source.event",
  operation: "logs.source.operation",
  revision: "logs.source.revision",
  audit: "logs.source.audit",
  decision: "logs.source.decision",
};
// As many objects of a change as a line has room for.
const objectsShown = 6;

/** One line: an event, what a person did, or what Pacemaker decided. */
export function TimelineLine({ entry, cluster }: { entry: TimelineEntry; cluster: string }) {
  const t = useT();
  if (entry.event) return <EventLine event={entry.event} />;
  const tone = tones[entry.severity];
  return (
    <li className={`v-${tone}`} data-source={entry.source}>
      <span className="disc">
        <Icon name={icons[entry.source]} size={14} label={t(`severity.${entry.severity}`)} />
      </span>
      <div className="grow">
        <p className="xs t3">
          <At at={entry.at} /> <b className={tone}>{t(sourceText[entry.source])}</b>
          {entry.actor && <span> · {entry.actor}</span>}
          {entry.decision && (
            <span>
              {" "}
              · {entry.decision.node} · <span className="mono">{entry.decision.input}</span>
            </span>
          )}
        </p>
        <div className="wrap">
          <What entry={entry} cluster={cluster} />
        </div>
      </div>
    </li>
  );
}

function What({ entry, cluster }: { entry: TimelineEntry; cluster: string }) {
  const t = useT();
  const { open } = useTracker();
  const faultText = useFaultText();
  const route = t.words(`route.${entry.kind}`, {}, entry.kind);
  const { operation, revision, decision } = entry;
  if (decision) return <Decided decision={decision} />;
  if (revision) {
    const objects = [...new Set(list(revision.differences).map((d) => [d.id, d.field].filter(Boolean).join(" ")))];
    return (
      <>
        <Link to={`/c/${encodeURIComponent(cluster)}/history?revision=${revision.number}`}>
          {revision.origin === "outside" ? t("logs.changed_outside", { number: revision.number }) : route}
        </Link>{" "}
        {objects.slice(0, objectsShown).join(t("common.comma"))}
        {objects.length > objectsShown && " …"}
      </>
    );
  }
  return (
    <>
      {operation ? (
        <button type="button" className="as-link" onClick={() => open(operation.id)}>
          {route}
        </button>
      ) : (
        route
      )}{" "}
      {entry.object && <b>{entry.object}</b>}
      {operation && <span className="t2"> → {t(`operation.${operation.state}`)}</span>}
      {operation?.fault && <p className="t2 xs">{faultText(operation.fault).sentence}</p>}
      {entry.audit && entry.audit.outcome !== "ok" && (
        <span className="warn"> → {t.words(`code.${entry.audit.outcome}`, {}, entry.audit.outcome)}</span>
      )}
    </>
  );
}

/** What the scheduler decided, action by action. */
function Decided({ decision }: { decision: Decision }) {
  const t = useT();
  const actions = list(decision.actions);
  if (decision.unplayed) return <span className="t2">{t("logs.unplayed")}</span>;
  if (actions.length === 0) return <span className="bad">{t("logs.undecided")}</span>;
  return (
    <ul className="decided">
      {actions.map((a, i) => (
        <li key={i}>
          {t.words(`whatif.action.${a.kind}`, {}, a.kind)} {a.resource && <b>{a.resource}</b>} {way(t, a)}
          {a.reason && <span className="t3 xs"> {a.reason}</span>}
        </li>
      ))}
    </ul>
  );
}

type Action = NonNullable<Decision["actions"]>[number];

function way(t: Translate, a: Action): string {
  const text = a.from && a.to && a.from !== a.to ? `${a.from} → ${a.to}` : (a.to ?? a.from ?? "");
  return a.blocked ? `${text} (${t("logs.blocked")})` : text;
}
