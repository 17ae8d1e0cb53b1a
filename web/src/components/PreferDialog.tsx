import { useQuery } from "@tanstack/react-query";
import { Checkbox } from "antd";
import { useState } from "react";

import { queries } from "../api/queries";
import type { ClusterDetail, Resource } from "../api/types";
import { list } from "../lib/list";
import { useT } from "../lib/i18n";
import { ForecastBox } from "./Forecast";
import { NodeOrder } from "./NodeOrder";
import { orderOf, orderScenario } from "./placement";
import { SaveDialog } from "./SaveDialog";
import { useAct } from "./Tracker";

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
  const changed = JSON.stringify(order) !== JSON.stringify(before);
  const version = opened.config?.version;
  const send = () =>
    act("resource.prefer", {
      path: { cluster, resource: resource.id },
      body: { ...order, ...(version ? { version } : {}) },
    });
  return (
    <SaveDialog
      title={t("prefer.title", { id: resource.id })}
      act={t("prefer.act")}
      why={changed ? "" : t("form.unchanged")}
      send={send}
      onClose={onClose}
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
        <ForecastBox
          cluster={cluster}
          scenario={changed ? orderScenario(constraints, resource.id, all, order) : undefined}
        />
      </div>
    </SaveDialog>
  );
}
