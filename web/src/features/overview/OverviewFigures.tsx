import type { Cluster } from "../../api/types";
import { Figures } from "../../components/Figures";
import { levels, levelTone } from "../../components/level";
import { Ago } from "../../components/Time";
import { useFormat } from "../../lib/format";
import { useT } from "../../lib/i18n";

function sum(all: readonly Cluster[], of: (c: Cluster) => number): number {
  return all.reduce((total, c) => total + of(c), 0);
}

export function OverviewFigures({ all }: { all: readonly Cluster[] }) {
  const t = useT();
  const format = useFormat();
  const nodes = sum(all, (c) => c.nodes?.length ?? 0);
  const online = sum(all, (c) => c.online);
  const failed = sum(all, (c) => c.failed);
  const last = all
    .flatMap((c) => (c.lastFailover ? [c.lastFailover] : []))
    .toSorted((a, b) => b.at.localeCompare(a.at))[0];
  return (
    <Figures
      label={t("overview.figures")}
      items={[
        {
          key: "clusters",
          label: t("overview.clusters"),
          wide: true,
          value: (
            <span className="row distribution">
              {all.length}
              <span
                className="bar grow"
                role="img"
                aria-label={format.list(
                  levels.flatMap((l) => {
                    const n = all.filter((c) => c.verdict.level === l).length;
                    return n ? [`${t.words(`level.${l}`)} ${n}`] : [];
                  }),
                )}
              >
                {levels.map((level) => {
                  const n = all.filter((c) => c.verdict.level === level).length;
                  return n > 0 && <i key={level} className={`v-${levelTone[level]}`} style={{ flexGrow: n }} />;
                })}
              </span>
            </span>
          ),
        },
        { key: "nodes", label: t("overview.nodes"), value: online, note: `/ ${nodes}` },
        {
          key: "resources",
          label: t("overview.resources"),
          value: sum(all, (c) => c.started),
          note: `/ ${sum(all, (c) => c.desired)}`,
        },
        {
          key: "faults",
          label: t("overview.faults"),
          value: failed,
          ...(failed > 0 ? { tone: "bad" as const } : { note: t("overview.no_faults") }),
        },
        {
          key: "failover",
          label: t("overview.last_failover"),
          value: last?.tookMs ? format.duration(last.tookMs) : "–",
          note: last ? <Ago at={last.at} /> : t("common.none"),
        },
      ]}
    />
  );
}
