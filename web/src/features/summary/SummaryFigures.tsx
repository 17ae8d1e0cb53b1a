import type { ClusterDetail, Demo } from "../../api/types";
import { type Figure, Figures } from "../../components/Figures";
import { Ago, isSet } from "../../components/Time";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";

/** Three truths side by side: what was asked for, what the cluster reports, what a client reaches. */
export function SummaryFigures({ detail, demo }: { detail: ClusterDetail; demo: Demo | undefined }) {
  const t = useT();
  const { state } = detail;
  const total = list(detail.nodes).length;
  const figures: Figure[] = [
    {
      key: "nodes",
      label: t("summary.nodes_online"),
      value: detail.online,
      note: `/ ${total}`,
      ...(detail.online < total && detail.running ? { tone: "bad" as const } : {}),
    },
    {
      key: "desired",
      label: t("summary.desired"),
      value: detail.desired,
      note: t("summary.revision", { number: detail.revision }),
    },
    {
      key: "reported",
      label: t("summary.reported"),
      value: detail.started,
      note: `/ ${detail.desired}`,
      ...(detail.started < detail.desired ? { tone: "bad" as const } : {}),
    },
    ...(demo
      ? [
          {
            key: "serving",
            label: t("summary.serving"),
            value: demo.serving ? t("summary.reached") : t("summary.not_reached"),
            tone: demo.serving ? ("ok" as const) : ("bad" as const),
            note: isSet(demo.lastAck) ? <Ago at={demo.lastAck} /> : undefined,
          },
        ]
      : []),
    {
      key: "votes",
      label: t("summary.votes"),
      value: state ? state.votes : "–",
      note: state && t("summary.votes_of", { expected: state.expectedVotes, needed: state.quorumVotes }),
      ...(state && !state.quorate && state.running ? { tone: "bad" as const } : {}),
    },
  ];
  return <Figures label={t("summary.figures")} items={figures} />;
}
