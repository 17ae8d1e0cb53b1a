import { useQuery } from "@tanstack/react-query";
import { NavLink, useParams } from "react-router";

import { queries, useCan } from "../../api/queries";
import type { Alarm } from "../../api/types";
import { Verdict } from "../../components/Verdict";
import { list } from "../../lib/list";
import { gap, type MessageKey, useT } from "../../lib/i18n";
import { AlarmList } from "./AlarmList";
import { Channels } from "./Channels";
import { Messages } from "./Messages";
import { Rules } from "./Rules";
import { Silences } from "./Silences";
import { byWorst } from "./words";
import "./alarms.css";

const views = [
  { path: "", route: "alarm.list", text: "alarms.view.alarms" },
  { path: "silences", route: "silence.list", text: "alarms.view.silences" },
  { path: "channels", route: "channel.list", text: "alarms.view.channels" },
  { path: "rules", route: "alertrule.list", text: "alarms.view.rules" },
  { path: "messages", route: "message.list", text: "alarms.view.messages" },
] as const satisfies readonly { path: string; route: string; text: MessageKey }[];

const openAlarms = { state: "open", limit: 500 } as const;

/** What is wrong now and who was told: alarms, silences, channels, rules and messages. /alarms/12 is one alarm. */
export function Alarms() {
  const t = useT();
  const can = useCan();
  const { view = "" } = useParams();
  const open = useQuery(queries.alarms(openAlarms));
  const silences = useQuery(queries.silences());
  const channels = useQuery({ ...queries.channels(), enabled: can("channel.list") });
  const shown = views.some((v) => v.path === view) ? view : "";
  const counts: Record<string, number> = {
    "": list(open.data?.items).length,
    silences: list(silences.data?.items).filter((s) => s.active).length,
    messages: list(channels.data?.items).reduce((sum, c) => sum + c.waiting, 0),
  };
  return (
    <div className={/^\d+$/.test(view) ? "page with-drawer open" : "page with-drawer"}>
      {open.data && <AlarmsVerdict open={list(open.data.items)} />}
      <nav className="views" aria-label={t("alarms.views")}>
        {views
          .filter((v) => can(v.route))
          .map((v) => (
            <NavLink
              key={v.path}
              to={v.path ? `/alarms/${v.path}` : "/alarms"}
              end
              className={v.path === shown ? "on" : ""}
              {...(v.path === shown ? { "aria-current": "page" } : {})}
            >
              {t(v.text)}
              {counts[v.path] ? <span className="tag">{counts[v.path]}</span> : null}
            </NavLink>
          ))}
      </nav>
      {shown === "" && <AlarmList open={open} />}
      {shown === "silences" && <Silences />}
      {shown === "channels" && <Channels />}
      {shown === "rules" && <Rules />}
      {shown === "messages" && <Messages />}
    </div>
  );
}

/** Whether anybody has to do anything now, in words. */
function AlarmsVerdict({ open }: { open: readonly Alarm[] }) {
  const t = useT();
  const can = useCan();
  const channels = useQuery({ ...queries.channels(), enabled: can("channel.list") });
  const on = list(channels.data?.items).filter((c) => c.enabled);
  const broken = on.filter((c) => c.fault);
  const told = [
    ...(channels.data && on.length === 0 ? [t("alarms.told.nobody")] : []),
    ...(broken.length > 0
      ? [t("alarms.told.broken", { names: broken.map((c) => c.name).join(t("common.comma")) })]
      : []),
  ].join(gap(t));
  const critical = open.filter((a) => a.severity === "critical").length;
  const free = open.filter((a) => !a.ack).length;
  const worst = open.toSorted(byWorst)[0];
  if (!worst) {
    return <Verdict tone={told ? "warn" : "ok"} head={t("alarms.head.quiet")} sentence={told || t("alarms.quiet")} />;
  }
  const detail = free > 0 ? t("alarms.unacked", { count: free }) : t("alarms.all_acked");
  return (
    <Verdict
      tone={critical > 0 ? "bad" : "warn"}
      head={
        critical > 0 ? t("alarms.head.critical", { count: critical }) : t("alarms.head.open", { count: open.length })
      }
      sentence={t.words(`event.${worst.event}`, worst.args, worst.event)}
      detail={told ? `${detail}${gap(t)}${told}` : detail}
    />
  );
}
