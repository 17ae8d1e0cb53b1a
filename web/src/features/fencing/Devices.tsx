import { useQuery } from "@tanstack/react-query";
import { Button, Table } from "antd";
import { Link } from "react-router";

import { queries } from "../../api/queries";
import type { ClusterDetail, FenceDevice } from "../../api/types";
import { ActsMenu } from "../../components/ActsMenu";
import { agentType } from "../../components/agents";
import { Card } from "../../components/Card";
import { Icon } from "../../components/Icon";
import { Pill } from "../../components/Pill";
import { roleLook } from "../../components/role";
import { useResourceActions } from "../../components/useResourceActions";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";

export function Devices({ detail, devices }: { detail: ClusterDetail; devices: readonly FenceDevice[] }) {
  const t = useT();
  const actions = useResourceActions(detail.name);
  const { data } = useQuery(queries.resources(detail.name));
  const seen = (id: string) => list(data?.items).find((r) => r.id === id);
  return (
    <Card title={t("fencing.devices")} note={t("fencing.devices_note")}>
      <Table<FenceDevice>
        rowKey="id"
        dataSource={[...devices]}
        pagination={false}
        columns={[
          {
            title: t("fencing.device"),
            key: "id",
            render: (_, d) => (
              <div className="two">
                <Link
                  className="b"
                  to={`/c/${encodeURIComponent(detail.name)}/resources?resource=${encodeURIComponent(d.id)}`}
                >
                  {d.id}
                </Link>
                <small>{agentType(d.agent)}</small>
              </div>
            ),
          },
          {
            title: t("fencing.state"),
            key: "state",
            render: (_, d) => {
              const resource = seen(d.id);
              if (!resource) return <span className="t3">–</span>;
              const look = roleLook(resource);
              return (
                <Pill tone={look.tone} icon={look.icon}>
                  {t(`role.${look.key}`)}
                </Pill>
              );
            },
          },
          {
            title: t("fencing.watched_by"),
            key: "node",
            render: (_, d) => seen(d.id)?.node || <span className="t3">–</span>,
          },
          {
            title: t("fencing.covers"),
            key: "covers",
            render: (_, d) => {
              const hosts = list(d.hosts);
              return hosts.length > 0 ? (
                <span className="row wrap">
                  {hosts.map((h) => (
                    <span key={h.node} className="tag">
                      {h.plug === h.node ? h.node : `${h.node} → ${h.plug}`}
                      {h.delay && ` · ${h.delay}`}
                    </span>
                  ))}
                </span>
              ) : (
                <span className="t2">{t(d.check === "none" ? "fencing.fences_all" : "fencing.asks_device")}</span>
              );
            },
          },
          {
            title: t("fencing.delay"),
            key: "delay",
            render: (_, d) =>
              d.delayBase || d.delayMax ? (
                <div className="two">
                  {d.delayBase && <span>{t("fencing.delay_base", { delay: d.delayBase })}</span>}
                  {d.delayMax && <small>{t("fencing.delay_max", { delay: d.delayMax })}</small>}
                </div>
              ) : (
                <span className="t3">–</span>
              ),
          },
          {
            title: <span className="visually-hidden">{t("common.actions")}</span>,
            key: "actions",
            width: 56,
            align: "right",
            render: (_, d) => {
              const resource = seen(d.id);
              return (
                resource && (
                  <ActsMenu menu={actions.menu(resource)}>
                    <Button
                      type="text"
                      size="small"
                      icon={<Icon name="more" />}
                      aria-label={t("resource.actions_of", { id: d.id })}
                    />
                  </ActsMenu>
                )
              );
            },
          },
        ]}
      />
      {actions.dialog}
    </Card>
  );
}
