import { InputNumber, Radio } from "antd";
import { useState } from "react";

import { SaveDialog } from "../../components/SaveDialog";
import { useAct } from "../../components/Tracker";
import { useT } from "../../lib/i18n";

const mib = 1 << 20;

/** How fast a resync may go at most. */
export function LimitDialog({
  cluster,
  volume,
  node,
  now,
  onClose,
}: {
  cluster: string;
  volume: string;
  node: string;
  /** Bytes per second; 0 where DRBD decides. */
  now: number;
  onClose: () => void;
}) {
  const t = useT();
  const act = useAct();
  const [auto, setAuto] = useState(now === 0);
  const [rate, setRate] = useState<number | null>(now > 0 ? Math.round(now / mib) : 100);
  return (
    <SaveDialog
      title={t("replication.limit.title", { volume })}
      act={t("replication.limit.act")}
      why={!auto && !rate ? t("replication.limit.needs_rate") : ""}
      send={() =>
        act("volume.act", {
          path: { cluster, volume },
          body: { action: "limit", node, limit: auto ? 0 : (rate ?? 0) * mib },
        })
      }
      onClose={onClose}
    >
      <p className="t2">{t("replication.limit.text")}</p>
      <Radio.Group
        className="stack"
        value={auto}
        onChange={(ev) => setAuto(ev.target.value === true)}
        options={[
          { value: true, label: t("replication.limit.auto") },
          { value: false, label: t("replication.limit.fixed") },
        ]}
      />
      {!auto && (
        <InputNumber
          className="limit-rate"
          autoFocus
          min={1}
          precision={0}
          value={rate}
          suffix="MiB/s"
          aria-label={t("replication.limit.rate")}
          onChange={setRate}
        />
      )}
    </SaveDialog>
  );
}
