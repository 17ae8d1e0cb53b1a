import type { ReactNode } from "react";
import { Link } from "react-router";

import type { VolumeShown } from "../../api/types";
import { Verdict } from "../../components/Verdict";
import { gap, type Translate, useT } from "../../lib/i18n";
import { byNeed, type Standing, standingOf, standingTone, workOf } from "./volumes";

// As many as a banner can say; the table has them all.
const most = 3;

/** How many volumes are whole, and what is the matter with the others, worst first. */
export function VolumesVerdict({
  base,
  volumes,
  actions,
}: {
  base: string;
  volumes: readonly VolumeShown[];
  actions: ReactNode;
}) {
  const t = useT();
  const wrong = byNeed(volumes).filter((v) => standingOf(v) !== "ok");
  const [worst] = wrong;
  if (!worst)
    return (
      <Verdict
        tone="ok"
        head={t("replication.head.ok", { count: volumes.length })}
        sentence={t("replication.ok_text")}
        detail={t("replication.no_backup")}
        actions={actions}
      />
    );
  const split = wrong.filter((v) => v.verdict === "split");
  const more = wrong.length - most;
  return (
    <Verdict
      tone={standingTone[standingOf(worst)]}
      head={t("replication.head.wrong", { count: volumes.length, ok: volumes.length - wrong.length })}
      sentence={
        wrong
          .slice(0, most)
          .map((v) => sentence(t, v))
          .join(t("replication.semicolon")) +
        (more > 0 ? t("replication.and_more", { count: more }) : "") +
        t("common.stop")
      }
      detail={
        split.length > 0 ? (
          <>
            {t("replication.split_text")}
            {split.map((v) => (
              <span key={v.volume.name}>
                {gap(t)}
                {/* No gap at all would glue the link to the full stop. */}{" "}
                <Link to={`${base}/${encodeURIComponent(v.volume.name)}`}>
                  {t("replication.resolve_of", { volume: v.volume.name })}
                </Link>
              </span>
            ))}
          </>
        ) : (
          hope(t, standingOf(worst))
        )
      }
      actions={actions}
    />
  );
}

/** Whether the volumes can be used meanwhile, by the worst of them. */
function hope(t: Translate, worst: Standing): string | undefined {
  if (worst === "unknown") return undefined;
  return t(worst === "down" || worst === "suspended" ? "replication.stuck_text" : "replication.wrong_text");
}

function sentence(t: Translate, shown: VolumeShown): string {
  const args = { volume: shown.volume.name, count: shown.upToDate };
  const standing = standingOf(shown);
  if (standing === "syncing") {
    const work = workOf(shown);
    return t("replication.says.syncing", { ...args, percent: Math.floor(work?.percent ?? 0) });
  }
  return standing === "ok" ? "" : t(`replication.says.${standing}`, args);
}
