import { Table, type TableColumnsType } from "antd";

import type { VolumeShown } from "../../api/types";
import { DriverName } from "../../components/DriverName";
import { Pill } from "../../components/Pill";
import { useFormat } from "../../lib/format";
import { useT } from "../../lib/i18n";
import { list } from "../../lib/list";
import { complete, namesOf, sidesOf, sizeOf, standingIcon, standingOf, standingTone, workOf } from "./volumes";

/** All volumes of a cluster, a line each. */
export function VolumeTable({
  volumes,
  chosen,
  onChoose,
}: {
  volumes: readonly VolumeShown[];
  chosen: string | undefined;
  onChoose: (volume: string) => void;
}) {
  const t = useT();
  const format = useFormat();
  const columns: TableColumnsType<VolumeShown> = [
    {
      title: t("replication.volume"),
      key: "name",
      className: "nowrap",
      render: (_, v) => (
        <button
          type="button"
          className="plain two"
          aria-current={v.volume.name === chosen ? "true" : undefined}
          onClick={() => onChoose(v.volume.name)}
        >
          <b>{v.volume.name}</b>
          <small>{v.user ? t("replication.used_by", { user: v.user }) : t("replication.unused")}</small>
        </button>
      ),
    },
    {
      title: t("replication.primary"),
      key: "primary",
      className: "nowrap",
      render: (_, v) => namesOf(v, "Primary").join(" ") || "–",
    },
    {
      title: t("replication.secondary"),
      key: "secondary",
      className: "nowrap",
      render: (_, v) => namesOf(v, "Secondary").join(" ") || "–",
    },
    {
      title: t("replication.driver"),
      key: "driver",
      className: "nowrap",
      render: (_, v) => <Driver volume={v.volume} />,
    },
    {
      title: t("replication.size"),
      key: "size",
      className: "nowrap",
      align: "right",
      render: (_, v) => (sizeOf(v) > 0 ? format.bytes(sizeOf(v)) : "–"),
    },
    { title: t("replication.state"), key: "state", className: "nowrap", render: (_, v) => <VolumePill shown={v} /> },
    { title: t("replication.data"), key: "data", render: (_, v) => <Data shown={v} /> },
    {
      title: t("replication.copies"),
      key: "copies",
      render: (_, v) =>
        v.verdict === "split"
          ? t("replication.copies_apart", { count: v.upToDate })
          : t("replication.copies_of", { count: v.upToDate }),
    },
  ];
  return (
    <section className="card" aria-label={t("menu.replication")}>
      <Table<VolumeShown>
        rowKey={(v) => v.volume.name}
        dataSource={[...volumes]}
        columns={columns}
        pagination={false}
        scroll={{ x: 820, ...(volumes.length > 200 ? { y: 480 } : {}) }}
        virtual={volumes.length > 200}
        rowClassName={(v) =>
          [
            "click",
            standingTone[standingOf(v)] === "bad" && "alert",
            v.volume.name === chosen && volumes.length > 1 && "chosen",
          ]
            .filter(Boolean)
            .join(" ")
        }
        onRow={(v) => ({ onClick: () => onChoose(v.volume.name) })}
      />
    </section>
  );
}

/** What replicates a volume, and of DRBD by which protocol. */
function Driver({ volume }: { volume: VolumeShown["volume"] }) {
  const t = useT();
  const { driver, protocol } = volume;
  return (
    <>
      <DriverName driver={driver} />
      {driver === "drbd" && protocol && (
        <span className="t2">
          {" "}
          {protocol} {t(protocol === "C" ? "replication.sync" : "replication.async")}
        </span>
      )}
    </>
  );
}

/** The verdict on a volume, with how far a resync is. */
export function VolumePill({ shown }: { shown: VolumeShown }) {
  const t = useT();
  const work = workOf(shown);
  const standing = standingOf(shown);
  return (
    <Pill tone={standingTone[standing]} icon={standingIcon[standing]}>
      {standing === "suspended" ? t("replication.suspended") : t.words(`volume.verdict.${standing}`)}
      {work && work.kind !== "verify" && standing === "syncing" && ` ${Math.floor(work.percent)} %`}
    </Pill>
  );
}

/** Who has what, in a few words. */
function Data({ shown }: { shown: VolumeShown }) {
  const t = useT();
  const format = useFormat();
  const sides = sidesOf(shown);
  const whole = sides.filter(complete);
  const silent = sides.filter((s) => !s.state && !s.up);
  const lacking = sides.filter((s) => !complete(s) && !silent.includes(s));
  const names = (of: typeof sides) => format.list(of.map((s) => s.node));
  const text =
    shown.verdict === "split"
      ? t("replication.data_apart")
      : shown.verdict === "unknown"
        ? t("replication.data_untold")
        : sides.length > 0 && whole.length === sides.length
          ? t("replication.data_whole")
          : [
              whole.length > 0 && t("replication.data_latest", { nodes: names(whole) }),
              lacking.length > 0 && t("replication.data_lacking", { nodes: names(lacking) }),
              silent.length > 0 && t("replication.data_silent", { nodes: names(silent) }),
            ]
              .filter(Boolean)
              .join(t("replication.comma"));
  const serious = list(shown.findings).filter((f) => f.severity === "critical").length;
  return (
    <>
      <span className="t2">{text}</span>
      {serious > 0 && <span className="bad b"> · {t("replication.serious", { count: serious })}</span>}
    </>
  );
}
