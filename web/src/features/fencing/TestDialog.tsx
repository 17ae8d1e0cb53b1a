import { useQuery } from "@tanstack/react-query";
import { Button, Checkbox, Form, Input, Modal, Select } from "antd";
import { useState } from "react";

import { queries } from "../../api/queries";
import type { ClusterDetail, Fault, NodeFencing } from "../../api/types";
import { FaultBox } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { useAct } from "../../components/Tracker";
import { useFormat } from "../../lib/format";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";

/** Fences a node for real: what runs there, with which device, and the node's name typed. */
export function TestDialog({
  detail,
  node,
  onClose,
}: {
  detail: ClusterDetail;
  node: NodeFencing;
  onClose: () => void;
}) {
  const t = useT();
  const format = useFormat();
  const act = useAct();
  const { data } = useQuery(queries.nodes(detail.name));
  const there = list(list(data?.items).find((n) => n.name === node.node)?.resources);
  const devices = [...new Set(list(node.paths).flatMap((p) => list(p.devices)))];
  const [device, setDevice] = useState("");
  const [typed, setTyped] = useState("");
  const [force, setForce] = useState(false);
  const [fault, setFault] = useState<Fault>();
  const [busy, setBusy] = useState(false);
  const matches = typed === node.node;
  const test = async () => {
    if (!matches || busy) return;
    setBusy(true);
    const result = await act("fence.test", {
      path: { cluster: detail.name },
      body: { node: node.node, confirm: typed, ...(device ? { device } : {}), ...(force ? { force } : {}) },
    });
    setBusy(false);
    if (result.ok) onClose();
    else setFault(result.fault);
  };
  return (
    <Modal
      open
      centered
      width={480}
      onCancel={onClose}
      title={t("fencing.test_title", { node: node.node })}
      footer={
        <div className="row">
          {!matches && <span className="t3 xs">{t("confirm.type_first", { name: node.node })}</span>}
          <span className="grow" />
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="primary" danger disabled={!matches} loading={busy} onClick={() => void test()}>
            {t("fencing.test_act", { node: node.node })}
          </Button>
        </div>
      }
    >
      <div className="col">
        <div className="note-box v-bad">
          <Icon name="bad" />
          <div className="grow col tight">
            <p className="b">{t("fencing.test_consequence", { node: node.node })}</p>
            <p className="t2">
              {there.length > 0
                ? t("node.runs_there", { count: there.length, resources: format.list(there) })
                : t("node.runs_nothing")}
            </p>
          </div>
        </div>
        <Form layout="vertical" component="div" requiredMark={false}>
          <Form.Item label={t("fencing.test_device")} htmlFor="test-device">
            <Select
              id="test-device"
              value={device}
              onChange={setDevice}
              options={[
                { value: "", label: t("fencing.test_as_cluster") },
                ...devices.map((d) => ({ value: d, label: t("fencing.test_only", { device: d }) })),
              ]}
            />
          </Form.Item>
        </Form>
        <label className="col tight">
          <span>
            {t("confirm.type")} <b className="mono">{node.node}</b>
          </span>
          <Input
            autoFocus
            autoComplete="off"
            spellCheck={false}
            value={typed}
            aria-label={t("confirm.type_label")}
            onChange={(ev) => setTyped(ev.target.value)}
            onPressEnter={() => void test()}
          />
        </label>
        <Checkbox checked={force} onChange={(ev) => setForce(ev.target.checked)}>
          {t("node.force")}
        </Checkbox>
        {fault && <FaultBox fault={fault} compact />}
      </div>
    </Modal>
  );
}
