import { Button, Drawer, Input } from "antd";
import { useState } from "react";

import { call } from "../../api/client";
import type { Fault, VolumeReading } from "../../api/types";
import { Card } from "../../components/Card";
import { FaultBox } from "../../components/FaultView";
import { useT } from "../../lib/i18n";
import { list } from "../../lib/list";
import { Findings } from "./Findings";
import { Options } from "./VolumeFacts";

// As large as the server reads.
const mostBytes = 256 * 1024;

/** Reads a configuration of DRBD that is on no node, or on somebody else's, and says what is wrong with it. */
export function ReadText({ onClose }: { onClose: () => void }) {
  const t = useT();
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Fault>();
  const [reading, setReading] = useState<VolumeReading>();
  const read = async () => {
    setBusy(true);
    setFault(undefined);
    setReading(undefined);
    const result = await call("volume.parse", { body: { text } });
    setBusy(false);
    if (result.ok) setReading(result.data);
    else setFault(result.fault);
  };
  return (
    <Drawer
      open
      onClose={onClose}
      size={640}
      title={t("replication.read")}
      footer={
        <div className="row">
          <span className="t3 xs grow">{t("replication.read.nothing_changes")}</span>
          <Button onClick={onClose}>{t("common.close")}</Button>
          <Button type="primary" loading={busy} disabled={text.trim() === ""} onClick={() => void read()}>
            {t("replication.read.act")}
          </Button>
        </div>
      }
    >
      <div className="col">
        <p className="t2">{t("replication.read.text")}</p>
        <Input.TextArea
          autoFocus
          className="mono"
          rows={12}
          maxLength={mostBytes}
          spellCheck={false}
          value={text}
          aria-label={t("replication.read.label")}
          placeholder={"resource data {\n  …\n}"}
          onChange={(ev) => setText(ev.target.value)}
        />
        {fault && <FaultBox fault={fault} compact />}
        {reading && <Read reading={reading} />}
      </div>
    </Drawer>
  );
}

function Read({ reading }: { reading: VolumeReading }) {
  const t = useT();
  const findings = list(reading.findings);
  return (
    <div className="col" aria-live="polite">
      <Card
        title={t("replication.read.found", { count: list(reading.volumes).length })}
        note={findings.length === 0 ? t("replication.read.sound") : undefined}
      >
        <ul className="lines">
          {list(reading.volumes).map((v) => (
            <li key={v.name}>
              <div className="grow col tight">
                <p>
                  <b>{v.name}</b> <span className="mono">{v.device}</span>{" "}
                  <span className="t2">{v.protocol && t(`replication.protocol.${v.protocol}`)}</span>
                </p>
                {list(v.replicas).map((r) => (
                  <p key={r.node} className="t2">
                    {r.node}{" "}
                    <span className="mono">
                      {[r.disk, r.address && `${r.address}:${r.port}`].filter(Boolean).join(" · ")}
                    </span>
                  </p>
                ))}
                <Options driver={v.driver} own={v.options} inherited={v.inherited} />
              </div>
            </li>
          ))}
        </ul>
      </Card>
      {findings.length > 0 && (
        <Card title={t("replication.findings")}>
          <Findings findings={findings} />
        </Card>
      )}
    </div>
  );
}
