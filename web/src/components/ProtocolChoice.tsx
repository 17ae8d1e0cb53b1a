import { Radio } from "antd";

import type { Volume } from "../api/types";
import { useT } from "../lib/i18n";

const protocols = ["C", "B", "A"] as const;

/** Each protocol with what it means for a write. */
export function ProtocolChoice({
  value,
  onChange,
}: {
  value: Volume["protocol"];
  onChange: (protocol: Volume["protocol"]) => void;
}) {
  const t = useT();
  return (
    <Radio.Group
      className="stack"
      value={value}
      onChange={(ev) => {
        const chosen = protocols.find((p) => p === ev.target.value);
        if (chosen) onChange(chosen);
      }}
      options={protocols.map((p) => ({
        value: p,
        label: (
          <span>
            <b>{t(`replication.protocol.${p}`)}</b> <span className="t2">{t(`replication.protocol.${p}.means`)}</span>
          </span>
        ),
      }))}
    />
  );
}
