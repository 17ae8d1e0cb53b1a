import { useQuery } from "@tanstack/react-query";
import { Form, Radio } from "antd";
import { useState } from "react";

import { queries } from "../api/queries";
import type { Resource } from "../api/types";
import { list } from "../lib/list";
import { useT } from "../lib/i18n";
import { ForecastBox } from "./Forecast";
import { Icon } from "./Icon";
import { Lifetime } from "./Lifetime";
import { nodeLook } from "./node";
import { pullsBack, scoreOf } from "./placement";
import { SaveDialog } from "./SaveDialog";
import { useAct } from "./Tracker";

/** Moves a resource: where to, and what that interrupts. */
export function MoveDialog({
  cluster,
  resource,
  onClose,
}: {
  cluster: string;
  resource: Resource;
  onClose: () => void;
}) {
  const t = useT();
  const act = useAct();
  const { data } = useQuery(queries.nodes(cluster));
  const [node, setNode] = useState("");
  const [lifetime, setLifetime] = useState("");
  const here = list(resource.nodes);
  const name = node || t("move.elsewhere_short");
  const { data: detail } = useQuery(queries.cluster(cluster));
  const own = list(detail?.config?.resources).find((r) => r.id === resource.id);
  const stickiness = own?.meta?.["resource-stickiness"] ?? detail?.config?.resourceDefaults?.["resource-stickiness"];
  const able = list(data?.items)
    .filter((n) => n.online && !n.standby)
    .map((n) => n.name);
  const back = node
    ? pullsBack(list(detail?.config?.constraints), resource.id, node, able, scoreOf(stickiness))
    : undefined;
  // Where it may go anywhere, there is nowhere to hold it.
  const held = node ? lifetime : "";
  const move = () =>
    act("resource.move", {
      path: { cluster, resource: resource.id },
      body: { ...(node ? { node } : {}), ...(held ? { lifetime: held } : {}) },
    });
  return (
    <SaveDialog
      title={t("move.title", { id: resource.id })}
      act={t("move.act", { node: name })}
      hint={
        <>
          <Icon name="undo" size={14} /> {t(held ? "move.undo_timed" : "move.undo")}
        </>
      }
      send={move}
      onClose={onClose}
    >
      <div className="col">
        <div className="note-box v-warn">
          <Icon name="warn" />
          <div className="grow">
            <p className="b">{t("move.consequence", { id: resource.id, from: here.join(", "), to: name })}</p>
            <p className="t2">{resource.type === "group" ? t("move.group") : t("move.single")}</p>
          </div>
        </div>
        <Radio.Group value={node} onChange={(ev) => setNode(String(ev.target.value))}>
          <div className="col tight">
            <Radio value="">{t("move.elsewhere")}</Radio>
            {list(data?.items).map((n) => {
              const look = nodeLook(n.state ?? n);
              const fit = n.online && !n.standby && !here.includes(n.name);
              return (
                <Radio key={n.name} value={n.name} disabled={!fit}>
                  {n.name}{" "}
                  <span className="t3">{here.includes(n.name) ? t("move.here") : t(`node.state.${look.key}`)}</span>
                </Radio>
              );
            })}
          </div>
        </Radio.Group>
        <Form.Item className="flat" label={t("lifetime.hold")} htmlFor="move-lifetime" layout="vertical">
          <Lifetime
            id="move-lifetime"
            value={held}
            disabled={!node}
            onChange={setLifetime}
            endless={t("move.not_held")}
          />
        </Form.Item>
        {back && !held && (
          <p className="warn row">
            <Icon name="warn" size={14} />
            {t("move.back", { node: back })}
          </p>
        )}
        <ForecastBox cluster={cluster} scenario={{ move: [{ resource: resource.id, ...(node ? { node } : {}) }] }} />
      </div>
    </SaveDialog>
  );
}
