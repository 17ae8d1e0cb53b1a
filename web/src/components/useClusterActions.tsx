import { useQueryClient } from "@tanstack/react-query";
import { App, type MenuProps } from "antd";
import { useNavigate } from "react-router";

import { call } from "../api/client";
import { keys, useCan } from "../api/queries";
import type { Cluster } from "../api/types";
import { useFormat } from "../lib/format";
import { list } from "../lib/list";
import { useT } from "../lib/i18n";
import { useConfirm } from "./Confirm";
import { useFaultText } from "./FaultView";
import { Icon } from "./Icon";
import { saveFile } from "./saveFile";
import { useAct } from "./Tracker";

const acts = ["start", "stop", "restart", "cleanup", "remove", "destroy"] as const;
export type ClusterAct = (typeof acts)[number];

/** What may be done with a whole cluster; whatever stops something says so first. */
export function useClusterActions() {
  const t = useT();
  const format = useFormat();
  const can = useCan();
  const ask = useConfirm();
  const act = useAct();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const text = useFaultText();
  const { message } = App.useApp();

  /** With its set-up: whoever moves the cluster to other machines needs it, and applying the file leaves it alone. */
  const save = async ({ name }: Cluster) => {
    const result = await call("config.export", { path: { cluster: name }, query: { setup: true } });
    if (result.ok) saveFile(`${name}.yaml`, result.data.yaml);
    else void message.error(text(result.fault).sentence);
  };

  const consequence = (what: ClusterAct, cluster: Cluster) => (
    <div className="col tight">
      <p className="b">
        {what === "remove" || what === "start" || what === "cleanup"
          ? t(`cluster.${what}.consequence`)
          : t(`cluster.${what}.consequence`, { count: cluster.started, nodes: format.list(list(cluster.nodes)) })}
      </p>
      <p className="t2">{t(`cluster.${what}.undo`)}</p>
    </div>
  );

  const run = (what: ClusterAct, cluster: Cluster) => {
    const path = { cluster: cluster.name };
    ask({
      title: t(`cluster.${what}.title`, { name: cluster.label ?? cluster.name }),
      consequence: consequence(what, cluster),
      act: t(`cluster.${what}.act`, { name: cluster.name }),
      tone: what === "start" || what === "cleanup" ? "plain" : "danger",
      ...(what === "destroy" ? { typed: cluster.name } : {}),
      ...(what === "cleanup" ? { forecast: { cluster: cluster.name, scenario: { cleanup: [{}] } } } : {}),
      ...(what === "stop" || what === "restart" ? { force: t("cluster.force") } : {}),
      run: async ({ force, typed }) => {
        switch (what) {
          case "start":
            return act("cluster.start", { path });
          case "stop":
            return act("cluster.stop", { path, body: { force } });
          case "restart":
            return act("cluster.restart", { path, body: { force } });
          case "cleanup":
            return act("cluster.cleanup", { path, body: {} });
          case "destroy":
            return act("cluster.destroy", { path, body: { confirm: typed } });
          default: {
            const result = await act("cluster.remove", { path });
            if (result.ok) {
              await navigate("/");
              cache.removeQueries({ queryKey: keys.cluster(cluster.name) });
              void cache.invalidateQueries({ queryKey: keys.clusters() });
            }
            return result;
          }
        }
      },
    });
  };

  const items = (cluster: Cluster): NonNullable<MenuProps["items"]> => [
    {
      key: "start",
      icon: <Icon name="play" />,
      label: t("cluster.start.short"),
      disabled: !can("cluster.start") || (cluster.running && cluster.online === list(cluster.nodes).length),
    },
    {
      key: "stop",
      icon: <Icon name="stop" />,
      label: t("cluster.stop.short"),
      disabled: !can("cluster.stop") || !cluster.running,
    },
    {
      key: "restart",
      icon: <Icon name="restart" />,
      label: t("cluster.restart.short"),
      disabled: !can("cluster.restart") || !cluster.running,
    },
    {
      key: "cleanup",
      icon: <Icon name="broom" />,
      label: t("cluster.cleanup.short"),
      disabled: !can("cluster.cleanup") || !cluster.running,
    },
    { type: "divider" },
    { key: "export", icon: <Icon name="down" />, label: t("cluster.export"), disabled: !can("config.export") },
    { key: "remove", icon: <Icon name="out" />, label: t("cluster.remove.short"), disabled: !can("cluster.remove") },
    {
      key: "destroy",
      icon: <Icon name="trash" />,
      label: t("cluster.destroy.short"),
      danger: true,
      disabled: !can("cluster.destroy"),
    },
  ];

  const menu = (cluster: Cluster): MenuProps => ({
    items: items(cluster),
    onClick: ({ key, domEvent }) => {
      domEvent.stopPropagation();
      const what = acts.find((a) => a === key);
      if (what) run(what, cluster);
      else if (key === "export") void save(cluster);
    },
  });

  return { run, menu };
}
