import { useQuery } from "@tanstack/react-query";
import { Button, Table, type TableColumnsType } from "antd";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";

import { queries, useCan } from "../../api/queries";
import type { Node } from "../../api/types";
import { ActsMenu } from "../../components/ActsMenu";
import { Empty } from "../../components/Empty";
import { Icon } from "../../components/Icon";
import { nodeLook } from "../../components/node";
import { Pill } from "../../components/Pill";
import { Query } from "../../components/Query";
import { useNodeActions } from "../../components/useNodeActions";
import { Verdict } from "../../components/Verdict";
import { useFormat } from "../../lib/format";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { AddNode } from "./AddNode";
import { NodeDrawer } from "./NodeDrawer";

export function Nodes() {
  const { cluster = "", node } = useParams();
  const query = useQuery(queries.nodes(cluster));
  return (
    <div className={node ? "page with-drawer open" : "page with-drawer"}>
      <Query query={query}>{(page) => <Ready cluster={cluster} nodes={list(page.items)} />}</Query>
    </div>
  );
}

function Ready({ cluster, nodes }: { cluster: string; nodes: readonly Node[] }) {
  const t = useT();
  const can = useCan();
  const navigate = useNavigate();
  const { node: chosen } = useParams();
  const [adding, setAdding] = useState(false);
  const base = `/c/${encodeURIComponent(cluster)}/nodes`;
  return (
    <>
      <NodesVerdict
        nodes={nodes}
        action={
          can("node.add") && (
            <Button icon={<Icon name="plus" />} onClick={() => setAdding(true)}>
              {t("node.add.title")}
            </Button>
          )
        }
      />
      <section className="card">
        {nodes.length === 0 ? (
          <Empty icon="nodes" title={t("nodes.empty")} text={t("nodes.empty_text")} />
        ) : (
          <NodeTable
            cluster={cluster}
            nodes={nodes}
            onOpen={(node) => void navigate(`${base}/${encodeURIComponent(node)}`)}
          />
        )}
      </section>
      <NodeDrawer cluster={cluster} node={nodes.find((n) => n.name === chosen)} onClose={() => void navigate(base)} />
      {adding && <AddNode cluster={cluster} onClose={() => setAdding(false)} />}
    </>
  );
}

function NodesVerdict({ nodes, action }: { nodes: readonly Node[]; action: React.ReactNode }) {
  const t = useT();
  const format = useFormat();
  const names = (all: readonly Node[]) => format.list(all.map((n) => n.name));
  const unclean = nodes.filter((n) => n.unclean);
  const offline = nodes.filter((n) => !n.online && !n.unclean);
  const resting = nodes.filter((n) => n.online && (n.standby || n.maintenance));
  const detail = t("nodes.online_of", { online: nodes.filter((n) => n.online).length, total: nodes.length });
  if (unclean.length > 0) {
    return (
      <Verdict
        tone="bad"
        head={t("nodes.unclean", { count: unclean.length })}
        sentence={names(unclean)}
        detail={`${detail}${t("common.stop")}${t("nodes.unclean_text")}`}
        actions={action}
      />
    );
  }
  if (offline.length > 0) {
    return (
      <Verdict
        tone="bad"
        head={t("nodes.offline", { count: offline.length })}
        sentence={names(offline)}
        detail={detail}
        actions={action}
      />
    );
  }
  if (resting.length > 0) {
    return (
      <Verdict
        tone="info"
        head={t("nodes.resting", { count: resting.length })}
        sentence={names(resting)}
        detail={detail}
        actions={action}
      />
    );
  }
  return (
    <Verdict
      tone="ok"
      head={t("nodes.all_online", { count: nodes.length })}
      sentence={t("nodes.all_online_text")}
      actions={action}
    />
  );
}

function NodeTable({
  cluster,
  nodes,
  onOpen,
}: {
  cluster: string;
  nodes: readonly Node[];
  onOpen: (node: string) => void;
}) {
  const t = useT();
  const format = useFormat();
  const actions = useNodeActions(cluster);
  const columns: TableColumnsType<Node> = [
    {
      title: t("nodes.node"),
      key: "name",
      render: (_, n) => (
        <div className="two">
          <Link to={`/c/${encodeURIComponent(cluster)}/nodes/${encodeURIComponent(n.name)}`} className="b">
            {n.name}
          </Link>
          <small>{list(n.addresses).join(" · ") || "–"}</small>
        </div>
      ),
    },
    {
      title: t("nodes.state"),
      key: "state",
      render: (_, n) => {
        const look = nodeLook(n.state ?? n);
        return (
          <span className="row">
            <Pill tone={look.tone} icon={look.icon}>
              {t(`node.state.${look.key}`)}
            </Pill>
            {n.dc && <span className="tag">{t("node.dc")}</span>}
            {(n.kind === "remote" || n.kind === "guest") && <span className="tag">{t(`node.kind.${n.kind}`)}</span>}
          </span>
        );
      },
    },
    {
      title: t("nodes.agent"),
      key: "agent",
      render: (_, n) =>
        n.kind === "guest" ? (
          <span className="t3">–</span>
        ) : (
          <span className={n.connected ? "ok row" : "bad row"}>
            <Icon name={n.connected ? "ok" : "bad"} size={14} />
            {t(n.connected ? "host.connected" : "host.disconnected")}
          </span>
        ),
    },
    {
      title: t("nodes.links"),
      key: "links",
      render: (_, n) => {
        const links = [...new Set(list(n.links).map((l) => l.link))];
        const up = links.filter((link) => list(n.links).some((l) => l.link === link && l.connected)).length;
        if (links.length === 0) return <span className="t3">–</span>;
        return (
          <span className={up < links.length ? "warn b" : undefined}>
            {up}/{links.length}
          </span>
        );
      },
    },
    {
      title: t("nodes.resources"),
      key: "resources",
      render: (_, n) => {
        const there = list(n.resources);
        return there.length === 0 ? (
          <span className="t3">{t("common.none")}</span>
        ) : (
          <span className="row wrap">
            {there.slice(0, 4).map((r) => (
              <span key={r} className="tag">
                {r}
              </span>
            ))}
            {there.length > 4 && <span className="t3">+{there.length - 4}</span>}
          </span>
        );
      },
    },
    {
      title: t("nodes.machine"),
      key: "machine",
      render: (_, n) =>
        n.facts && (
          <div className="two">
            {n.facts.architecture} · {t("host.cpus", { count: n.facts.cpus })} · {format.bytes(n.facts.memoryBytes)}
            <small>{n.facts.os}</small>
          </div>
        ),
    },
    {
      title: <span className="visually-hidden">{t("common.actions")}</span>,
      key: "actions",
      width: 56,
      align: "right",
      render: (_, n) => (
        <span onClick={(ev) => ev.stopPropagation()} role="presentation">
          <ActsMenu menu={actions.menu(n)}>
            <Button
              type="text"
              size="small"
              icon={<Icon name="more" />}
              aria-label={t("node.actions_of", { name: n.name })}
            />
          </ActsMenu>
        </span>
      ),
    },
  ];
  return (
    <Table<Node>
      rowKey="name"
      dataSource={[...nodes]}
      columns={columns}
      pagination={false}
      scroll={{ x: "max-content" }}
      rowClassName={(n) => (n.unclean || !n.online ? "alert click" : "click")}
      onRow={(n) => ({ onClick: () => onOpen(n.name) })}
    />
  );
}
