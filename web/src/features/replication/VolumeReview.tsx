import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useNavigate } from "react-router";

import { queries, useCan } from "../../api/queries";
import type { Fault, VolumeCheck } from "../../api/types";
import { Card } from "../../components/Card";
import { DriverName } from "../../components/DriverName";
import { FaultBox } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { type NamedValue, NamedValues } from "../../components/NamedValues";
import { Query } from "../../components/Query";
import { useAct } from "../../components/Tracker";
import { WizardFoot } from "../../components/WizardFoot";
import { useFormat } from "../../lib/format";
import { useT } from "../../lib/i18n";
import { list } from "../../lib/list";
import { Findings } from "./Findings";
import { fieldName, type VolumeDraft, wishOf } from "./newVolume";
import { Options } from "./VolumeFacts";

/** The volume as it would be made, what is unsafe about it and with what it would be refused; then it is made. */
export function VolumeReview({
  cluster,
  draft,
  look,
  onBack,
}: {
  cluster: string;
  draft: VolumeDraft;
  look: VolumeCheck | undefined;
  onBack: () => void;
}) {
  const t = useT();
  const can = useCan();
  const act = useAct();
  const navigate = useNavigate();
  const wish = wishOf(draft, look);
  const check = useQuery(queries.volumeCheck(cluster, wish));
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Fault>();
  const destroyed = wish.replicas?.filter((r) => list(r.destroy).length > 0) ?? [];
  const why = !can("volume.create")
    ? t("replication.no_permission")
    : !check.data
      ? t("replication.review.checking")
      : check.data.refused
        ? t("replication.review.refused")
        : "";
  const nameOf = (path: string) => fieldName(t, draft, path);
  const create = async () => {
    setBusy(true);
    setFault(undefined);
    const result = await act("volume.create", { path: { cluster }, body: wish });
    setBusy(false);
    if (result.ok) await navigate(`/c/${encodeURIComponent(cluster)}/replication/${encodeURIComponent(wish.name)}`);
    else setFault(result.fault);
  };
  return (
    <>
      <Query query={check} rows={5}>
        {(found) => (
          <div className="col">
            {found.refused ? (
              <FaultBox fault={found.refused} nameOf={nameOf} onRetry={() => void check.refetch()} />
            ) : (
              <div className={`note-box v-${destroyed.length > 0 ? "bad" : "info"}`}>
                <Icon name={destroyed.length > 0 ? "bad" : "info"} />
                <div className="grow col tight">
                  {destroyed.map((r) => (
                    <p key={r.node} className="b">
                      {t("replication.review.destroys", {
                        node: r.node,
                        disk: r.disk,
                        names: list(r.destroy).join(", "),
                      })}
                    </p>
                  ))}
                  <p className={destroyed.length > 0 ? "" : "b"}>
                    {draft.sync === "skip"
                      ? t("replication.review.skips")
                      : t("replication.review.copies", { from: draft.from })}
                  </p>
                  <p className="t2">{t("replication.review.stages")}</p>
                </div>
              </div>
            )}
            <AsMade found={found} />
            {list(found.findings).length > 0 && (
              <Card title={t("replication.findings")} note={t("replication.review.findings_note")}>
                <Findings findings={list(found.findings)} />
              </Card>
            )}
          </div>
        )}
      </Query>
      {fault && <FaultBox fault={fault} nameOf={nameOf} />}
      <WizardFoot {...(why ? { why } : {})} {...(busy ? {} : { onBack })}>
        <Button
          type="primary"
          danger={destroyed.length > 0}
          loading={busy}
          disabled={why !== ""}
          onClick={() => void create()}
        >
          {t(destroyed.length > 0 ? "replication.review.destroy_act" : "replication.review.act", { volume: wish.name })}
        </Button>
      </WizardFoot>
    </>
  );
}

function AsMade({ found }: { found: VolumeCheck }) {
  const t = useT();
  const format = useFormat();
  const { volume: v } = found;
  const size = Math.min(...list(found.nodes).flatMap((n) => n.inspection?.disk.sizeBytes ?? []));
  const rows: NamedValue[] = [
    { name: t("replication.driver"), value: <DriverName driver={v.driver} /> },
    { name: t("replication.device"), value: <span className="mono">{v.device}</span> },
    ...(Number.isFinite(size) ? [{ name: t("replication.size"), value: format.bytes(size) }] : []),
    ...(v.driver === "drbd"
      ? [{ name: t("replication.protocol"), value: t(`replication.protocol.${v.protocol}`) }]
      : []),
    ...list(v.replicas).map((r) => ({
      name: r.node,
      value: (
        <span className="mono">
          {r.disk} · {r.address || "–"}:{r.port}
        </span>
      ),
    })),
    { name: t("replication.run_by"), value: <span className="mono">{`${v.name}-clone`}</span> },
  ];
  return (
    <Card title={t("replication.review.as_made")} pad>
      <NamedValues rows={rows} className="left gap-small" />
      <Options driver={v.driver} own={v.options} />
    </Card>
  );
}
