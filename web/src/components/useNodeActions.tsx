import type { MenuProps } from "antd";

import { useCan } from "../api/queries";
import type { Node } from "../api/types";
import { useFormat } from "../lib/format";
import { list } from "../lib/list";
import { useT } from "../lib/i18n";
import { useConfirm } from "./Confirm";
import { Icon, type IconName } from "./Icon";
import { nodeScenario } from "./scenario";
import { useAct } from "./Tracker";

const acts = ["standby", "unstandby", "maintenance", "unmaintenance", "start", "stop", "fence", "remove"] as const;
export type NodeAct = (typeof acts)[number];

const icons: Record<NodeAct, IconName> = {
  standby: "pause",
  unstandby: "play",
  maintenance: "wrench",
  unmaintenance: "check",
  start: "play",
  stop: "stop",
  fence: "bolt",
  remove: "trash",
};

/** What may be done with a node; each says what runs there and what becomes of it. */
export function useNodeActions(cluster: string) {
  const t = useT();
  const format = useFormat();
  const can = useCan();
  const ask = useConfirm();
  const act = useAct();

  const run = (what: NodeAct, node: Node, action: "reboot" | "off" = "reboot") => {
    const path = { cluster, node: node.name };
    const there = list(node.resources);
    // Of a node that is gone there is nothing to play through.
    const scenario = node.online ? nodeScenario(what, node.name) : undefined;
    const danger = what === "stop" || what === "fence" || what === "remove";
    ask({
      title: t(`node.${what}.title`, { name: node.name }),
      consequence: (
        <div className="col tight">
          <p className="b">{t(`node.${what}.consequence`)}</p>
          <p className="t2">
            {there.length > 0
              ? t("node.runs_there", { count: there.length, resources: format.list(there) })
              : t("node.runs_nothing")}
          </p>
          <p className="t2">{t(`node.${what}.undo`)}</p>
        </div>
      ),
      act: t(`node.${what}.act`, { name: node.name }),
      tone: danger ? "danger" : "plain",
      ...(what === "fence" || what === "remove" ? { typed: node.name } : {}),
      ...(scenario ? { forecast: { cluster, scenario } } : {}),
      ...(what === "stop" ? { force: t("node.force") } : {}),
      run: ({ force, typed }) => {
        if (what === "stop") return act("node.stop", { path, body: { force } });
        if (what === "fence") return act("node.fence", { path, body: { action, confirm: typed } });
        return act(`node.${what}`, { path });
      },
    });
  };

  const menu = (node: Node): MenuProps => {
    const item = (what: NodeAct, useful: boolean) => ({
      key: what,
      icon: <Icon name={icons[what]} />,
      label: t(`node.${what}.short`),
      danger: what === "fence" || what === "remove",
      disabled: !useful || !can(`node.${what}`),
    });
    const own = node.kind !== "guest"; // a guest comes and goes with the resource that carries it
    return {
      items: [
        node.standby ? item("unstandby", node.online) : item("standby", node.online),
        node.maintenance ? item("unmaintenance", true) : item("maintenance", node.online),
        { type: "divider" },
        item("start", !node.online && own),
        item("stop", node.online && own),
        { type: "divider" },
        item("fence", own),
        item("remove", own),
      ],
      onClick: ({ key, domEvent }) => {
        domEvent.stopPropagation();
        const what = acts.find((a) => a === key);
        if (what) run(what, node);
      },
    };
  };

  return { run, menu };
}
