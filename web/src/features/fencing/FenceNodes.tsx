import { useQuery } from "@tanstack/react-query";
import { Button, Table } from "antd";

import { queries, useCan } from "../../api/queries";
import type { ClusterDetail, Node, ResourceConfig } from "../../api/types";
import { Card } from "../../components/Card";
import { Icon } from "../../components/Icon";
import { nodeLook } from "../../components/node";
import { Pill } from "../../components/Pill";
import { Ago, isSet } from "../../components/Time";
import { useNodeActions } from "../../components/useNodeActions";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { coveredBy } from "./covered";

/** For each node: who can fence it, when that was last done, and a test that does it for real. */
export function FenceNodes({ detail, devices }: { detail: ClusterDetail; devices: readonly ResourceConfig[] }) {
  const t = useT();
  const can = useCan();
  const { data } = useQuery(queries.nodes(detail.name));
  const actions = useNodeActions(detail.name);
  const history = list(detail.state?.fenceHistory);
  const covering = (node: string) =>
    devices.filter((d) => coveredBy(d.parameters)?.includes(node) ?? true).map((d) => d.id);
  return (
    <Card title={t("fencing.nodes")} note={t("fencing.nodes_note")}>
      <Table<Node>
        rowKey="name"
        dataSource={[...list(data?.items)]}
        loading={!data}
        pagination={false}
        columns={[
          { title: t("nodes.node"), key: "name", render: (_, n) => <b>{n.name}</b> },
          {
            title: t("nodes.state"),
            key: "state",
            render: (_, n) => {
              const look = nodeLook(n.state ?? n);
              return (
                <Pill tone={look.tone} icon={look.icon}>
                  {t(`node.state.${look.key}`)}
                </Pill>
              );
            },
          },
          {
            title: t("fencing.covered_by"),
            key: "devices",
            render: (_, n) => {
              const ids = covering(n.name);
              return ids.length > 0 ? (
                ids.join(", ")
              ) : (
                <span className="bad row">
                  <Icon name="bad" size={14} />
                  {t("fencing.nobody")}
                </span>
              );
            },
          },
          {
            title: t("fencing.last"),
            key: "last",
            render: (_, n) => {
              const last = history.find((f) => f.node === n.name) ?? n.lastFence;
              if (!last) return <span className="t3">{t("fencing.never")}</span>;
              return (
                <span className="row">
                  <Icon
                    name={last.status === "success" ? "ok" : last.status === "failed" ? "bad" : "sync"}
                    size={14}
                    className={last.status === "success" ? "ok" : last.status === "failed" ? "bad" : "info"}
                  />
                  {t(`fencing.status.${last.status}`)} · {t(`fencing.action.${last.action}`)}
                  {isSet(last.at) && (
                    <span className="t3">
                      <Ago at={last.at} />
                    </span>
                  )}
                </span>
              );
            },
          },
          {
            title: <span className="visually-hidden">{t("common.actions")}</span>,
            key: "test",
            align: "right",
            render: (_, n) => {
              const none = covering(n.name).length === 0;
              return (
                <Button
                  size="small"
                  danger
                  icon={<Icon name="bolt" size={14} />}
                  disabled={none || !can("node.fence")}
                  title={none ? t("fencing.nobody") : undefined}
                  onClick={() => actions.run("fence", n)}
                >
                  {t("fencing.test")}
                </Button>
              );
            },
          },
        ]}
      />
    </Card>
  );
}
