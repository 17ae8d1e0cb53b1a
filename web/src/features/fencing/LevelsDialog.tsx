import { Button, Modal, Select } from "antd";
import { useState } from "react";

import type { ClusterDetail, Fault, Fencing, NodeFencing } from "../../api/types";
import { FaultBox } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { useAct } from "../../components/Tracker";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";

// Pacemaker's own limit.
const mostLevels = 9;

/** In which order devices are tried for a node: all of a level must succeed, the next is tried only where one fails. */
export function LevelsDialog({
  detail,
  node,
  fencing,
  onClose,
}: {
  detail: ClusterDetail;
  node: NodeFencing;
  fencing: Fencing;
  onClose: () => void;
}) {
  const t = useT();
  const act = useAct();
  const [levels, setLevels] = useState<readonly (readonly string[])[]>(() =>
    list(fencing.levels)
      .filter((l) => l.node === node.node)
      .toSorted((a, b) => a.index - b.index)
      .map((l) => list(l.devices)),
  );
  const [fault, setFault] = useState<Fault>();
  const [busy, setBusy] = useState(false);
  const empty = levels.some((l) => l.length === 0);
  const save = async () => {
    setBusy(true);
    const result = await act("fence.levels", {
      path: { cluster: detail.name },
      body: {
        node: node.node,
        levels: levels.map((l) => [...l]),
        ...(detail.config ? { version: detail.config.version } : {}),
      },
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
      title={t("fencing.levels_title", { node: node.node })}
      footer={
        <div className="row">
          {empty && <span className="t3 xs">{t("fencing.level_empty")}</span>}
          <span className="grow" />
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="primary" loading={busy} disabled={empty} onClick={() => void save()}>
            {t("common.save")}
          </Button>
        </div>
      }
    >
      <div className="col">
        <p className="t2">{t("fencing.levels_text")}</p>
        {levels.length === 0 && <p className="t2">{t("fencing.levels_none")}</p>}
        {levels.map((devices, i) => (
          <div key={i} className="row">
            <span className="b level-name">{t("fencing.level", { level: i + 1 })}</span>
            <Select
              className="grow"
              mode="multiple"
              aria-label={t("fencing.level", { level: i + 1 })}
              value={[...devices]}
              placeholder={t("fencing.level_pick")}
              onChange={(chosen: string[]) => setLevels(levels.map((l, n) => (n === i ? chosen : l)))}
              options={list(fencing.devices).map((d) => ({ value: d.id, label: d.id }))}
            />
            <Button
              type="text"
              icon={<Icon name="close" size={14} />}
              aria-label={t("common.remove_of", { name: t("fencing.level", { level: i + 1 }) })}
              onClick={() => setLevels(levels.filter((_, n) => n !== i))}
            />
          </div>
        ))}
        <div className="row">
          <Button
            icon={<Icon name="plus" size={14} />}
            disabled={levels.length >= mostLevels}
            onClick={() => setLevels([...levels, []])}
          >
            {t("fencing.level_add", { level: levels.length + 1 })}
          </Button>
        </div>
        {fault && <FaultBox fault={fault} compact />}
      </div>
    </Modal>
  );
}
