import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { Fragment, useState } from "react";
import { Link } from "react-router";

import { queries, useCan } from "../../api/queries";
import type { VolumeShown } from "../../api/types";
import { Card } from "../../components/Card";
import { useConfirm } from "../../components/Confirm";
import { DriverName } from "../../components/DriverName";
import { FaultBox } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { type NamedValue, NamedValues } from "../../components/NamedValues";
import { useAct } from "../../components/Tracker";
import { useFormat } from "../../lib/format";
import { useT } from "../../lib/i18n";
import { list } from "../../lib/list";
import { EditVolume, hiddenOption } from "./EditVolume";
import { Findings } from "./Findings";
import { namesOf, sizeOf } from "./volumes";

/** How a volume is configured, who uses it, and what is unsafe about it. */
export function VolumeFacts({ cluster, shown }: { cluster: string; shown: VolumeShown }) {
  const t = useT();
  const can = useCan();
  const format = useFormat();
  const ask = useConfirm();
  const act = useAct();
  const [editing, setEditing] = useState(false);
  const detail = useQuery(queries.cluster(cluster)).data;
  const { volume: v } = shown;
  const findings = list(shown.findings);
  const to = (id: string) => (
    <Link to={`/c/${encodeURIComponent(cluster)}/resources?resource=${encodeURIComponent(id)}`}>{id}</Link>
  );
  const why = (route: string) =>
    v.foreign ? t("replication.foreign_why") : can(route) ? undefined : t("replication.no_permission");
  const rows: NamedValue[] = [
    { name: t("replication.driver"), value: <DriverName driver={v.driver} /> },
    { name: t("replication.device"), value: <span className="mono">{v.device || "–"}</span> },
    { name: t("replication.size"), value: sizeOf(shown) > 0 ? format.bytes(sizeOf(shown)) : "–" },
    ...(v.driver === "drbd"
      ? [{ name: t("replication.protocol"), value: v.protocol ? t(`replication.protocol.${v.protocol}`) : "–" }]
      : []),
    ...list(v.replicas).map((r) => ({
      name: r.node,
      value: (
        <span className="mono">
          {r.disk || "–"}
          {r.address && ` · ${r.address}:${r.port}`}
        </span>
      ),
    })),
    { name: t("replication.run_by"), value: shown.resource ? to(shown.resource) : t("replication.run_by_nobody") },
    { name: t("replication.user"), value: shown.user ? to(shown.user) : t("common.none") },
    { name: t("replication.file"), value: <span className="mono">{v.file || "–"}</span> },
  ];
  const remove = () =>
    ask({
      title: t("replication.delete.title", { volume: v.name }),
      consequence: (
        <div className="col tight">
          <p className="b">{t("replication.delete.consequence")}</p>
          <p className="t2">{t("replication.delete.data")}</p>
          {shown.user && <p className="bad b">{t("replication.delete.used", { user: shown.user })}</p>}
        </div>
      ),
      act: t("replication.delete.act", { volume: v.name }),
      tone: "danger",
      typed: v.name,
      force: t("replication.delete.wipe"),
      run: ({ force }) => act("volume.delete", { path: { cluster, volume: v.name }, body: { wipe: force } }),
    });
  return (
    <>
      {findings.length > 0 && (
        <Card title={t("replication.findings")} note={t("replication.findings_note")}>
          <Findings findings={findings} />
        </Card>
      )}
      <Card
        title={t("replication.facts")}
        extra={
          <>
            <Button
              size="small"
              icon={<Icon name="edit" size={14} />}
              disabled={why("volume.edit") !== undefined}
              title={why("volume.edit")}
              onClick={() => setEditing(true)}
            >
              {t("replication.edit.short")}
            </Button>
            <Button
              size="small"
              danger
              icon={<Icon name="trash" size={14} />}
              disabled={why("volume.delete") !== undefined}
              title={why("volume.delete")}
              onClick={remove}
            >
              {t("replication.delete.short")}
            </Button>
          </>
        }
        pad
      >
        <div className="col">
          {v.unread && <FaultBox fault={v.unread} compact />}
          {v.foreign && (
            <p className="row t2">
              <Icon name="info" size={14} />
              {t("replication.foreign", { file: v.file ?? "" })}
            </p>
          )}
          {list(shown.differing).length > 0 && (
            <p className="row warn b">
              <Icon name="warn" size={14} />
              {t("replication.differing", { nodes: format.list(list(shown.differing)) })}
            </p>
          )}
          <NamedValues rows={rows} />
          <Options driver={v.driver} own={v.options} inherited={v.inherited} />
        </div>
      </Card>
      {editing && (
        <EditVolume
          cluster={cluster}
          volume={v}
          primary={namesOf(shown, "Primary").length > 0}
          fencing={detail?.state?.fencing ?? false}
          onClose={() => setEditing(false)}
        />
      )}
    </>
  );
}

/** The driver's options, for those who ask. */
export function Options({
  driver,
  own,
  inherited,
}: {
  driver: VolumeShown["volume"]["driver"];
  own: VolumeShown["volume"]["options"];
  inherited?: VolumeShown["volume"]["options"];
}) {
  const t = useT();
  const flat = (options: typeof own, common: boolean) =>
    Object.entries(options ?? {}).flatMap(([section, values]) =>
      Object.entries(values).map(([name, value]) => ({ name: `${section}.${name}`, value, common })),
    );
  // That there is a secret goes without saying of a mirror.
  const all = [...flat(own, false), ...flat(inherited, true)].filter(
    (o) => driver === "drbd" || o.value !== hiddenOption,
  );
  if (all.length === 0) return null;
  return (
    <details>
      <summary>{t(`replication.options.${driver}`, { count: all.length })}</summary>
      <dl className="kv volume-options">
        {all.map((o) => (
          <Fragment key={o.name}>
            <dt className="mono">{o.name}</dt>
            <dd className="mono">
              {o.value}
              {o.common && <span className="t3"> {t("replication.option_common")}</span>}
            </dd>
          </Fragment>
        ))}
      </dl>
    </details>
  );
}
