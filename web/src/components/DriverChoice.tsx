import { Radio } from "antd";

import type { Volume } from "../api/types";
import { useFormat } from "../lib/format";
import { gap, useT } from "../lib/i18n";
import { DriverName } from "./DriverName";
import { Icon } from "./Icon";

const drivers = ["drbd", "mirror"] as const;

/** What is to replicate a volume: each driver with what it takes and what it does, and what a preview means before one is chosen. */
export function DriverChoice({
  value,
  lacking,
  timed = false,
  onChange,
}: {
  value: Volume["driver"];
  /** Nodes whose kernels have no DRBD. */
  lacking: readonly string[];
  /** What stands on the volume is made with it, and is given the time that a mirror needs. */
  timed?: boolean;
  onChange: (driver: Volume["driver"]) => void;
}) {
  const t = useT();
  const format = useFormat();
  return (
    <div className="col">
      <Radio.Group
        className="stack"
        value={value}
        onChange={(ev) => {
          const chosen = drivers.find((d) => d === ev.target.value);
          if (chosen) onChange(chosen);
        }}
        options={drivers.map((d) => ({
          value: d,
          label: (
            <span>
              <b>
                <DriverName driver={d} />
              </b>{" "}
              <span className="t2">{t(`replication.driver.${d}.means`)}</span>
              {d === "drbd" && lacking.length > 0 && (
                <>
                  {" "}
                  <span className="warn">{t("replication.driver.lacking", { nodes: format.list(lacking) })}</span>
                </>
              )}
            </span>
          ),
        }))}
      />
      {value === "mirror" && (
        <div className="note-box v-warn" role="note">
          <Icon name="warn" />
          <div className="grow col tight">
            <p className="b">{t("replication.mirror.preview")}</p>
            <p className="t2">
              {t("replication.mirror.unfenced")}
              {!timed && (
                <>
                  {gap(t)}
                  {t("replication.mirror.needs")}
                </>
              )}
            </p>
          </div>
        </div>
      )}
    </div>
  );
}
