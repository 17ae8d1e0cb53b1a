import { Button, Form, InputNumber, Modal, Select } from "antd";
import { useState } from "react";

import type { ClusterDetail, Fault } from "../../api/types";
import { isFenceAgent } from "../../components/agents";
import { FaultBox } from "../../components/FaultView";
import { errorsBelow } from "../../components/formErrors";
import { useAct } from "../../components/Tracker";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";

/** Reference addresses, the resource that pings them on every node, and the rules that need them, in one step. */
export function PingDialog({ detail, onClose }: { detail: ClusterDetail; onClose: () => void }) {
  const t = useT();
  const act = useAct();
  const [addresses, setAddresses] = useState<string[]>([]);
  const [protect, setProtect] = useState<string[]>([]);
  const [threshold, setThreshold] = useState(1);
  const [fault, setFault] = useState<Fault>();
  const [busy, setBusy] = useState(false);
  const errors = errorsBelow(t, fault, "");
  const wrong = [...errors].find(([path]) => path.startsWith("addresses"))?.[1];
  const why = addresses.length === 0 ? t("protect.needs_ping") : "";
  const create = async () => {
    setBusy(true);
    const result = await act("ping.create", {
      path: { cluster: detail.name },
      body: { addresses, protect, threshold },
    });
    setBusy(false);
    if (result.ok) onClose();
    else setFault(result.fault);
  };
  return (
    <Modal
      open
      centered
      width={520}
      onCancel={onClose}
      title={t("ping.title")}
      footer={
        <div className="row">
          <span className="t3 xs">{why}</span>
          <span className="grow" />
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="primary" loading={busy} disabled={why !== ""} onClick={() => void create()}>
            {t("ping.act")}
          </Button>
        </div>
      }
    >
      <Form layout="vertical" component="div" requiredMark={false}>
        <p className="t2 gap-below">{t("protect.ping_text")}</p>
        <Form.Item
          label={t("protect.ping_addresses")}
          htmlFor="ping-addresses"
          extra={t("ping.addresses_extra")}
          {...(wrong ? { validateStatus: "error", help: wrong } : {})}
        >
          <Select
            id="ping-addresses"
            mode="tags"
            open={false}
            tokenSeparators={[" ", ",", "，"]}
            value={addresses}
            onChange={setAddresses}
          />
        </Form.Item>
        <Form.Item label={t("ping.protect")} htmlFor="ping-protect" extra={t("ping.protect_extra")}>
          <Select
            id="ping-protect"
            mode="multiple"
            value={protect}
            onChange={setProtect}
            options={list(detail.config?.resources)
              .filter((r) => r.kind !== "clone" && !isFenceAgent(r.agent))
              .map((r) => ({ value: r.id, label: r.id }))}
          />
        </Form.Item>
        <Form.Item label={t("ping.threshold")} htmlFor="ping-threshold">
          <InputNumber
            id="ping-threshold"
            min={1}
            max={Math.max(1, addresses.length)}
            value={threshold}
            onChange={(value) => setThreshold(value ?? 1)}
          />
        </Form.Item>
      </Form>
      {fault && <FaultBox fault={fault} compact />}
    </Modal>
  );
}
