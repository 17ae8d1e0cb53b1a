import { Button, Drawer } from "antd";
import { Link } from "react-router";

import type { Node } from "../../api/types";
import { ActsMenu } from "../../components/ActsMenu";
import { Card } from "../../components/Card";
import { Facts } from "../../components/Facts";
import { Icon } from "../../components/Icon";
import { nodeLook } from "../../components/node";
import { Pill } from "../../components/Pill";
import { Ago } from "../../components/Time";
import { useNodeActions } from "../../components/useNodeActions";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { NodeValues } from "./NodeValues";

export function NodeDrawer({
  cluster,
  node,
  onClose,
}: {
  cluster: string;
  node: Node | undefined;
  onClose: () => void;
}) {
  const t = useT();
  const actions = useNodeActions(cluster);
  const look = node && nodeLook(node.state ?? node);
  return (
    <Drawer
      open={Boolean(node)}
      onClose={onClose}
      size={440}
      mask={false}
      rootClassName="below-top"
      title={
        node &&
        look && (
          <span className="row">
            {node.name}
            <Pill tone={look.tone} icon={look.icon}>
              {t(`node.state.${look.key}`)}
            </Pill>
          </span>
        )
      }
      extra={
        node && (
          <ActsMenu menu={actions.menu(node)}>
            <Button size="small">
              <span className="row">
                {t("node.actions")} <Icon name="down" size={14} />
              </span>
            </Button>
          </ActsMenu>
        )
      }
    >
      {node && (
        // A node that runs nothing has nothing to focus in it: the keyboard could not scroll.
        <section className="col" aria-label={node.name} tabIndex={0}>
          <Card title={t("nodes.resources")} extra={<span className="t3 xs">{list(node.resources).length}</span>}>
            {list(node.resources).length === 0 ? (
              <p className="pad t2">{t("node.runs_nothing")}</p>
            ) : (
              <ul className="lines">
                {list(node.resources).map((r) => (
                  <li key={r}>
                    <Icon name="resource" className="t3" />
                    <Link
                      className="grow"
                      to={`/c/${encodeURIComponent(cluster)}/resources?resource=${encodeURIComponent(r)}`}
                    >
                      {r}
                    </Link>
                    <Icon name="right" size={14} className="t3" />
                  </li>
                ))}
              </ul>
            )}
          </Card>
          {node.connection && (
            <Card title={t(node.kind === "guest" ? "node.kind.guest" : "node.kind.remote")}>
              <p className="pad t2">
                {t(node.kind === "guest" ? "node.carried" : "node.connected_by", {
                  resource: node.connection,
                  node: node.through || t("common.none"),
                })}
              </p>
            </Card>
          )}
          {!node.connection && (
            <Card title={t("nodes.links")}>
              <ul className="lines">
                {list(node.links).map((l) => (
                  <li key={`${l.link}/${l.peer}`}>
                    <span className={l.connected ? "ok row" : "bad row"}>
                      <Icon name={l.connected ? "ok" : "bad"} size={14} />
                      {t("heartbeat.link", { link: l.link })}
                    </span>
                    <span className="mono t2">{l.address}</span>
                    <span className="end t2">
                      → {l.peer} {l.connected && l.latencyUs ? `${(l.latencyUs / 1000).toFixed(2)} ms` : ""}
                    </span>
                  </li>
                ))}
              </ul>
              {list(node.links).length === 0 && <p className="pad t2">{t("heartbeat.no_report")}</p>}
            </Card>
          )}
          {node.lastFence && (
            <Card title={t("fencing.last")}>
              <p className="pad row">
                <Pill
                  tone={
                    node.lastFence.status === "success" ? "ok" : node.lastFence.status === "failed" ? "bad" : "info"
                  }
                >
                  {t(`fencing.status.${node.lastFence.status}`)}
                </Pill>
                {t(`fencing.action.${node.lastFence.action}`)}
                {node.lastFence.delegate && (
                  <span className="t2">{t("fencing.by", { delegate: node.lastFence.delegate })}</span>
                )}
                <span className="end t3">{node.lastFence.at && <Ago at={node.lastFence.at} />}</span>
              </p>
            </Card>
          )}
          {node.facts && (
            <Card title={t("host.facts")} pad>
              <Facts facts={node.facts} />
            </Card>
          )}
          <NodeValues cluster={cluster} node={node} />
        </section>
      )}
    </Drawer>
  );
}
