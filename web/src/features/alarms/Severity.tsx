import type { Alarm } from "../../api/types";
import { Pill } from "../../components/Pill";
import { useT } from "../../lib/i18n";
import { severityTone } from "./words";

/** How bad it is, in colour while it is open and in words once it is over. */
export function Severity({ alarm }: { alarm: Alarm }) {
  const t = useT();
  const tone = severityTone(alarm.severity);
  if (alarm.state === "open") return <Pill tone={tone}>{t(`severity.${alarm.severity}`)}</Pill>;
  return (
    <Pill tone="off" icon={alarm.notice ? "info" : "ok"}>
      {t(alarm.notice ? "alarms.notice" : "alarms.state.resolved")}
    </Pill>
  );
}
