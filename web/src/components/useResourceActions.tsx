import { useQuery } from "@tanstack/react-query";
import type { MenuProps } from "antd";
import { type ReactNode, useState } from "react";
import { useNavigate } from "react-router";

import { queries, useCan } from "../api/queries";
import type { Resource } from "../api/types";
import { list } from "../lib/list";
import { useT } from "../lib/i18n";
import { BanDialog } from "./BanDialog";
import { useConfirm } from "./Confirm";
import { constraintSentence } from "./constraintWords";
import { FailbackDialog } from "./FailbackDialog";
import { Icon, type IconName } from "./Icon";
import { MoveDialog } from "./MoveDialog";
import { byMove } from "./placement";
import { PreferDialog } from "./PreferDialog";
import { resourceScenario } from "./scenario";
import { useAct } from "./Tracker";

const acts = [
  "start",
  "stop",
  "restart",
  "move",
  "ban",
  "clear",
  "prefer",
  "failback",
  "cleanup",
  "refresh",
  "manage",
  "unmanage",
  "edit",
  "delete",
] as const;
export type ResourceAct = (typeof acts)[number];

const icons: Record<ResourceAct, IconName> = {
  start: "play",
  stop: "stop",
  restart: "restart",
  move: "arrow",
  ban: "off",
  clear: "undo",
  prefer: "sliders",
  failback: "left",
  cleanup: "broom",
  refresh: "sync",
  manage: "check",
  unmanage: "wrench",
  edit: "edit",
  delete: "trash",
};

const dialogs = { move: MoveDialog, ban: BanDialog, prefer: PreferDialog, failback: FailbackDialog };
type Asked = keyof typeof dialogs;

/** What may be done with a resource, and the dialog that some of it needs. */
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
  const [asking, setAsking] = useState<{ what: Asked; resource: Resource }>();
  const temporary = (id: string) => list(detail?.config?.constraints).filter((c) => byMove(c, id));

  const run = (what: ResourceAct, resource: Resource) => {
    const path = { cluster, resource: resource.id };
    if (what === "edit") {
      void navigate(`/c/${encodeURIComponent(cluster)}/resources/${encodeURIComponent(resource.id)}/edit`);
      return;
    }
    if (what === "move" || what === "ban" || what === "prefer" || what === "failback") {
      setAsking({ what, resource });
      return;
    }
    const scenario = resourceScenario(what, resource.id, detail?.config);
    const temporaries = what === "clear" ? temporary(resource.id) : [];
    const where = list(resource.nodes).join(", ");
    ask({
      title: t(`resource.${what}.title`, { id: resource.id }),
      consequence: (
        <div className="col tight">
          <p className="b">{t(`resource.${what}.consequence`, { id: resource.id })}</p>
          {temporaries.map((c) => (
            <p key={c.id}>{constraintSentence(t, c)}</p>
          ))}
          <p className="t2">{where ? t("resource.runs_on", { node: where }) : t("resource.runs_nowhere")}</p>
          <p className="t2">{t(`resource.${what}.undo`)}</p>
        </div>
      ),
      act: t(`resource.${what}.act`, { id: resource.id }),
      tone: what === "stop" || what === "delete" || what === "restart" ? "danger" : "plain",
      ...(what === "delete" ? { typed: resource.id } : {}),
      ...(scenario ? { forecast: { cluster, scenario } } : {}),
      run: () => {
        if (what === "cleanup" || what === "refresh" || what === "clear")
          return act(`resource.${what}`, { path, body: {} });
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
        { type: "divider" },
        item("move", running && !resource.parent),
        item("ban", !resource.parent),
        ...(temporary(resource.id).length > 0 ? [item("clear")] : []),
        item("prefer", !resource.parent),
        item("failback", !resource.parent && resource.type !== "clone" && resource.type !== "bundle"),
        { type: "divider" },
        item("cleanup"),
        item("refresh"),
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

  const Dialog = asking && dialogs[asking.what];
  const dialog = Dialog && <Dialog cluster={cluster} resource={asking.resource} onClose={() => setAsking(undefined)} />;
  return { run, menu, dialog };
}
