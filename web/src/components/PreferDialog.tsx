import { useQuery } from "@tanstack/react-query";
import { Button, Checkbox, Modal } from "antd";
import { useState } from "react";

import { queries } from "../api/queries";
import type { ClusterDetail, Resource } from "../api/types";
import { list } from "../lib/list";
import { useT } from "../lib/i18n";
import { FaultBox } from "./FaultView";
import { WhatIf } from "./Forecast";
import { NodeOrder } from "./NodeOrder";
import { orderOf, orderScenario } from "./placement";
import { useAct } from "./Tracker";
import { useSaving } from "./useSaving";

/** The order of nodes in which a resource prefers to run. */
export function PreferDialog(props: { cluster: string; resource: Resource; onClose: () => void }) {
  const { data: detail } = useQuery(queries.cluster(props.cluster));
  return detail && <Form {...props} detail={detail} />;
}

function Form({
  cluster,
  resource,
  detail,
  onClose,
}: {
  cluster: string;
  resource: Resource;
  detail: ClusterDetail;
  onClose: () => void;
}) {
  const t = useT();
  const act = useAct();
  // What was there when the dialog was opened: whoever is faster is not overwritten.
  const [opened] = useState(detail);
  const all = list(opened.nodes);
  const constraints = list(opened.config?.constraints);
  const [before] = useState(() => orderOf(constraints, resource.id, all));
  const [order, setOrder] = useState(before);
  const { busy, fault, save } = useSaving(onClose);
  const changed = JSON.stringify(order) !== JSON.stringify(before);
  const version = opened.config?.version;
  const send = () =>
    act("resource.prefer", {
      path: { cluster, resource: resource.id },
      body: { ...order, ...(version ? { version } : {}) },
    });
  return (
    <Modal
      open
      centered
      width={560}
      title={t("prefer.title", { id: resource.id })}
      onCancel={onClose}
      footer={
        <div className="row">
          <span className="t3 xs">{changed ? "" : t("form.unchanged")}</span>
          <span className="grow" />
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="primary" loading={busy} disabled={!changed} onClick={() => void save(send)}>
            {t("prefer.act")}
          </Button>
        </div>
      }
    >
      <div className="col">
        <p className="t2">{t("prefer.text", { id: resource.id })}</p>
        <NodeOrder
          all={all}
          value={order.nodes}
          onChange={(nodes) => setOrder({ nodes, only: order.only && nodes.length > 0 })}
        />
        <Checkbox
          checked={order.only}
          disabled={order.nodes.length === 0}
          onChange={(ev) => setOrder({ ...order, only: ev.target.checked })}
        >
          {t("prefer.only")}
        </Checkbox>
        {changed && <WhatIf cluster={cluster} scenario={orderScenario(constraints, resource.id, all, order)} />}
        {fault && <FaultBox fault={fault} compact />}
      </div>
    </Modal>
  );
}
