import { useQuery } from "@tanstack/react-query";
import { Form, Select } from "antd";
import { useState } from "react";

import { queries } from "../api/queries";
import type { Resource } from "../api/types";
import { list } from "../lib/list";
import { useT } from "../lib/i18n";
import { freeID } from "./constraints";
import { ForecastBox } from "./Forecast";
import { Icon } from "./Icon";
import { Lifetime } from "./Lifetime";
import { SaveDialog } from "./SaveDialog";
import { useAct } from "./Tracker";

/** Keeps a resource off a node, for a time or until it is cleared. */
export function BanDialog({
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
  const { data: detail } = useQuery(queries.cluster(cluster));
  const [node, setNode] = useState(list(resource.nodes)[0]);
  const [lifetime, setLifetime] = useState("");
  const { id } = resource;
  const taken = list(detail?.config?.constraints).map((c) => c.id);
  const constraint = node && {
    id: freeID(["hawser-ban", id, "on", node], taken),
    kind: "location" as const,
    resource: id,
    node,
    score: "-INFINITY",
  };
  const ban = () =>
    act("resource.ban", {
      path: { cluster, resource: id },
      body: { ...(node ? { node } : {}), ...(lifetime ? { lifetime } : {}) },
    });
  return (
    <SaveDialog
      title={t("ban.title", { id })}
      act={t("ban.act", { node: node ?? "" })}
      why={node ? "" : t("form.needs", { names: t("ban.node") })}
      hint={
        <>
          <Icon name="undo" size={14} /> {t(lifetime ? "ban.undo_timed" : "ban.undo")}
        </>
      }
      send={ban}
      onClose={onClose}
    >
      <Form layout="vertical" component="div" className="col">
        <p className="t2">{t("ban.text", { id })}</p>
        <Form.Item className="flat" label={t("ban.node")} htmlFor="ban-node">
          <Select
            id="ban-node"
            className="half"
            value={node ?? null}
            onChange={setNode}
            options={list(detail?.nodes).map((n) => ({ value: n, label: n }))}
          />
        </Form.Item>
        <Form.Item className="flat" label={t("lifetime.label")} htmlFor="ban-lifetime">
          <Lifetime id="ban-lifetime" value={lifetime} onChange={setLifetime} endless={t("ban.endless")} />
        </Form.Item>
        <ForecastBox
          cluster={cluster}
          scenario={constraint ? { edits: [{ op: "constraint.create", id: constraint.id, constraint }] } : undefined}
        />
      </Form>
    </SaveDialog>
  );
}
