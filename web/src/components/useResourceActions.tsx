import { useQuery } from "@tanstack/react-query";
import type { MenuProps } from "antd";
import { type ReactNode, useState } from "react";
import { useNavigate } from "react-router";

import { queries, useCan } from "../api/queries";
import type { Resource } from "../api/types";
import { list } from "../lib/list";
import { useT } from "../lib/i18n";
import { useConfirm } from "./Confirm";
import { Icon, type IconName } from "./Icon";
import { MoveDialog } from "./MoveDialog";
import { resourceScenario } from "./scenario";
import { useAct } from "./Tracker";

const acts = ["start", "stop", "restart", "move", "cleanup", "manage", "unmanage", "edit", "delete"] as const;
export type ResourceAct = (typeof acts)[number];

const icons: Record<ResourceAct, IconName> = {
  start: "play",
  stop: "stop",
  restart: "restart",
  move: "arrow",
  cleanup: "broom",
  manage: "check",
  unmanage: "wrench",
  edit: "edit",
  delete: "trash",
};

/** What may be done with a resource, and the dialog that moving it needs. */
export function useResourceActions(cluster: string): {
  run: (what: ResourceAct, resource: Resource) => void;
  menu: (resource: Resource) => MenuProps;
  dialog: ReactNode;
} {
  const t = useT();
  const can = useCan();
  const ask = useConfirm();
  const act = useAct();
  const navigate = useNavigate();
  const { data: detail } = useQuery(queries.cluster(cluster));
  const [moving, setMoving] = useState<Resource>();

  const run = (what: ResourceAct, resource: Resource) => {
    const path = { cluster, resource: resource.id };
    if (what === "edit") {
      void navigate(`/c/${encodeURIComponent(cluster)}/resources/${encodeURIComponent(resource.id)}/edit`);
      return;
    }
    if (what === "move") {
      setMoving(resource);
      return;
    }
    const scenario = resourceScenario(what, resource.id, detail?.config);
    const where = list(resource.nodes).join(", ");
    ask({
      title: t(`resource.${what}.title`, { id: resource.id }),
      consequence: (
        <div className="col tight">
          <p className="b">{t(`resource.${what}.consequence`, { id: resource.id })}</p>
          <p className="t2">{where ? t("resource.runs_on", { node: where }) : t("resource.runs_nowhere")}</p>
          <p className="t2">{t(`resource.${what}.undo`)}</p>
        </div>
      ),
      act: t(`resource.${what}.act`, { id: resource.id }),
      tone: what === "stop" || what === "delete" || what === "restart" ? "danger" : "plain",
      ...(what === "delete" ? { typed: resource.id } : {}),
      ...(scenario ? { forecast: { cluster, scenario } } : {}),
      run: () => {
        if (what === "cleanup") return act("resource.cleanup", { path, body: {} });
        return act(`resource.${what}`, { path });
      },
    });
  };

  const menu = (resource: Resource): MenuProps => {
    const running = list(resource.nodes).length > 0;
    const item = (what: ResourceAct, useful = true) => ({
      key: what,
      icon: <Icon name={icons[what]} />,
      label: t(`resource.${what}.short`),
      danger: what === "delete",
      disabled: !useful || !can(`resource.${what}`),
    });
    return {
      items: [
        resource.disabled || !running ? item("start") : item("stop"),
        item("restart", running),
        item("move", running && !resource.parent),
        item("cleanup"),
        { type: "divider" },
        resource.managed ? item("unmanage") : item("manage"),
        item("edit"),
        item("delete"),
      ],
      onClick: ({ key, domEvent }) => {
        domEvent.stopPropagation();
        const what = acts.find((a) => a === key);
        if (what) run(what, resource);
      },
    };
  };

  const dialog = moving && <MoveDialog cluster={cluster} resource={moving} onClose={() => setMoving(undefined)} />;
  return { run, menu, dialog };
}
