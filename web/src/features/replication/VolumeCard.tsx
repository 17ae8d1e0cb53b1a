import { Button, Progress } from "antd";
import { useState } from "react";

import { useCan } from "../../api/queries";
import type { VolumeShown } from "../../api/types";
import { Card } from "../../components/Card";
import { Icon, type IconName } from "../../components/Icon";
import { useNow } from "../../components/Time";
import type { Tone } from "../../components/tone";
import { useFormat } from "../../lib/format";
import { useT } from "../../lib/i18n";
import type { Sample } from "./curves";
import { LimitDialog } from "./LimitDialog";
import { RateChart } from "./RateChart";
import { Sides } from "./Sides";
import { type Flow, sidesOf, standingOf, standingTone, totalOf, workOf } from "./volumes";
import { VolumePill } from "./VolumeTable";

/** One volume: its sides, and what is being copied between them. */
export function VolumeCard({
  cluster,
  shown,
  samples,
}: {
  cluster: string;
  shown: VolumeShown;
  samples: readonly Sample[];
}) {
  const t = useT();
  const work = workOf(shown);
  const standing = standingOf(shown);
  return (
    <Card
      className={`volume v-${standingTone[standing]}`}
      title={
        work && work.kind !== "verify"
          ? t("replication.resync_of", { volume: shown.volume.name })
          : t("replication.volume_of", { volume: shown.volume.name })
      }
      extra={<VolumePill shown={shown} />}
      pad
    >
      <div className="col gap-l">
        {shown.volume.unread ? (
          <p className="t2">{t("replication.unread", { file: shown.volume.file ?? "" })}</p>
        ) : (
          <Sides cluster={cluster} shown={shown} />
        )}
        {work ? (
          <Work cluster={cluster} shown={shown} work={work} samples={samples} />
        ) : (
          <p className="t2">{t(`replication.means.${standing}`)}</p>
        )}
      </div>
    </Card>
  );
}

function Work({
  cluster,
  shown,
  work,
  samples,
}: {
  cluster: string;
  shown: VolumeShown;
  work: Flow;
  samples: readonly Sample[];
}) {
  const t = useT();
  const can = useCan();
  const format = useFormat();
  const now = useNow();
  const [limiting, setLimiting] = useState(false);
  const verify = work.kind === "verify";
  const total = totalOf(work);
  return (
    <>
      <div className="col tight">
        <div className="row wrap">
          <b className="volume-percent">{Math.floor(work.percent)} %</b>
          <span className="t2 grow">
            {verify
              ? t("replication.verifying", { bytes: format.bytes(work.left) })
              : total > 0
                ? t("replication.done_of", { done: format.bytes(total - work.left), total: format.bytes(total) })
                : t("replication.left_of", { left: format.bytes(work.left) })}
          </span>
          <span>
            {work.kind === "paused"
              ? t("replication.paused")
              : work.seconds > 0
                ? t("replication.until", {
                    time: format.duration(work.seconds * 1000),
                    at: format.time(new Date(now + work.seconds * 1000)),
                  })
                : t("replication.until_unknown")}
          </span>
        </div>
        <Progress
          percent={work.percent}
          showInfo={false}
          status={work.kind === "paused" ? "normal" : "active"}
          strokeColor={verify ? "var(--accent)" : "var(--warn-fill)"}
          aria-label={t(verify ? "replication.verify_progress" : "replication.progress")}
        />
      </div>
      <RateChart samples={samples} limit={work.limit} />
      {!verify && <Stages shown={shown} work={work} />}
      <div className="row wrap">
        <span className="t3 xs grow">
          {verify ? t("replication.verify_after") : t("replication.do_not_stop", { node: work.from })}
        </span>
        <Button
          size="small"
          disabled={!can("volume.act")}
          icon={<Icon name="sliders" size={14} />}
          onClick={() => setLimiting(true)}
        >
          {t("replication.limit.short")}
        </Button>
      </div>
      {limiting && (
        <LimitDialog
          cluster={cluster}
          volume={shown.volume.name}
          node={work.to}
          now={work.limit}
          onClose={() => setLimiting(false)}
        />
      )}
    </>
  );
}

/** What a resync goes through, and where it is. */
function Stages({ shown, work }: { shown: VolumeShown; work: Flow }) {
  const t = useT();
  const begun = work.percent > 0 || work.rate > 0 || work.kind === "paused";
  const target = sidesOf(shown).find((s) => s.node === work.to);
  const stages: [string, "done" | "running" | "waiting"][] = [
    [t("replication.stage.compare"), begun ? "done" : "running"],
    [t("replication.stage.copy", { from: work.from, to: work.to }), begun ? "running" : "waiting"],
    [t("replication.stage.ready", { node: target?.node ?? work.to }), "waiting"],
  ];
  const icons: Record<string, IconName> = {
    done: "ok",
    running: work.kind === "paused" ? "pause" : "sync",
    waiting: "clock",
  };
  const tones: Record<string, Tone> = { done: "ok", running: "warn", waiting: "off" };
  return (
    <ol className="steps" aria-label={t("replication.stages")}>
      {stages.map(([text, state]) => (
        <li key={text} className={`v-${tones[state]}`} data-state={state}>
          <Icon
            name={icons[state] ?? "clock"}
            {...(state === "running" && work.kind === "sync" ? { className: "spin" } : {})}
          />
          <span className={state === "running" ? "grow b" : "grow"}>{text}</span>
          <span className="t3 xs">
            {state === "running" && work.kind === "paused" ? t("replication.paused") : t(`step.state.${state}`)}
          </span>
        </li>
      ))}
    </ol>
  );
}
