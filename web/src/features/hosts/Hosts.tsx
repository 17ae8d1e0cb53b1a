import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Drawer, Table } from "antd";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";

import { call } from "../../api/client";
import { keys, queries, useCan } from "../../api/queries";
import type { Host } from "../../api/types";
import { addressChoices } from "../../components/addresses";
import { Card } from "../../components/Card";
import { useConfirm } from "../../components/Confirm";
import { Empty } from "../../components/Empty";
import { Facts } from "../../components/Facts";
import { Icon } from "../../components/Icon";
import { Pill } from "../../components/Pill";
import { Query } from "../../components/Query";
import { Ago, At, isSet } from "../../components/Time";
import { Verdict } from "../../components/Verdict";
import { useFormat } from "../../lib/format";
import { list } from "../../lib/list";
import { gap, useT } from "../../lib/i18n";
import { Enrol } from "./Enrol";

/** All enrolled machines, and the way to enrol another. */
export function Hosts() {
  const t = useT();
  const [search] = useSearchParams();
  const can = useCan();
  const query = useQuery(queries.hosts());
  const [enrolling, setEnrolling] = useState(false);
  const enrol = can("host.token") && (
    <Button type="primary" icon={<Icon name="plus" />} onClick={() => setEnrolling(true)}>
      {t("hosts.enrol")}
    </Button>
  );
  return (
    <div className={search.get("host") ? "page with-drawer open" : "page with-drawer"}>
      <Query query={query}>
        {(page) =>
          list(page.items).length === 0 ? (
            <section className="card">
              <Empty icon="hosts" title={t("hosts.empty")} text={t("hosts.empty_text")} action={enrol} />
            </section>
          ) : (
            <Ready hosts={list(page.items)} enrol={enrol} />
          )
        }
      </Query>
      {enrolling && <Enrol known={list(query.data?.items).map((h) => h.id)} onClose={() => setEnrolling(false)} />}
    </div>
  );
}

export function HostState({ host }: { host: Host }) {
  const t = useT();
  if (host.revoked) {
    return (
      <Pill tone="off" icon="off">
        {t("host.revoked")}
      </Pill>
    );
  }
  return <Pill tone={host.connected ? "ok" : "bad"}>{t(host.connected ? "host.connected" : "host.disconnected")}</Pill>;
}

function Ready({ hosts, enrol }: { hosts: readonly Host[]; enrol: React.ReactNode }) {
  const t = useT();
  const format = useFormat();
  const [search, setSearch] = useSearchParams();
  const chosen = hosts.find((h) => h.id === search.get("host"));
  const lost = hosts.filter((h) => !h.connected && !h.revoked);
  const free = hosts.filter((h) => !h.cluster && h.connected && !h.revoked).length;
  const detail = t("hosts.summary", { total: hosts.length, free });
  return (
    <>
      {lost.length > 0 ? (
        <Verdict
          tone="warn"
          head={t("hosts.lost", { count: lost.length })}
          sentence={format.list(lost.map((h) => h.name))}
          detail={`${detail}${gap(t)}${t("hosts.lost_text")}`}
          actions={enrol}
        />
      ) : (
        <Verdict tone="ok" head={t("hosts.all_connected")} sentence={detail} actions={enrol} />
      )}
      <section className="card">
        <Table<Host>
          rowKey="id"
          dataSource={[...hosts]}
          pagination={false}
          scroll={{ x: "max-content" }}
          rowClassName="click"
          onRow={(h) => ({ onClick: () => setSearch({ host: h.id }) })}
          columns={[
            {
              title: t("hosts.host"),
              key: "name",
              render: (_, h) => (
                <div className="two">
                  <Link className="b" to={`/hosts?host=${encodeURIComponent(h.id)}`}>
                    {h.name}
                  </Link>
                  <small>
                    {addressChoices(h)
                      .map((c) => c.address)
                      .join(" · ")}
                  </small>
                </div>
              ),
              sorter: (a, b) => a.name.localeCompare(b.name),
            },
            {
              title: t("hosts.state"),
              key: "state",
              render: (_, h) => (
                <span className="row">
                  <HostState host={h} />
                  {!h.connected && isSet(h.seen) && (
                    <span className="t3">
                      <Ago at={h.seen} />
                    </span>
                  )}
                </span>
              ),
            },
            {
              title: t("hosts.cluster"),
              key: "cluster",
              render: (_, h) =>
                h.cluster ? (
                  <Link to={`/c/${encodeURIComponent(h.cluster)}`} onClick={(ev) => ev.stopPropagation()}>
                    {h.cluster}
                  </Link>
                ) : (
                  <span className="t3">{t("hosts.no_cluster")}</span>
                ),
            },
            {
              title: t("hosts.machine"),
              key: "machine",
              render: (_, h) => (
                <div className="two">
                  {h.facts.architecture} · {t("host.cpus", { count: h.facts.cpus })} ·{" "}
                  {format.bytes(h.facts.memoryBytes)}
                  <small>{h.facts.os}</small>
                </div>
              ),
            },
            {
              title: t("hosts.engine"),
              key: "engine",
              render: (_, h) =>
                h.facts.engine === "simulated" ? (
                  <span className="tag">{t("engine.simulated")}</span>
                ) : (
                  `Pacemaker ${h.facts.pacemaker ?? "–"}`
                ),
            },
            { title: t("hosts.agent"), key: "agent", render: (_, h) => h.agent },
          ]}
        />
      </section>
      <HostDrawer host={chosen} onClose={() => setSearch({})} />
    </>
  );
}

function HostDrawer({ host, onClose }: { host: Host | undefined; onClose: () => void }) {
  const t = useT();
  const can = useCan();
  const ask = useConfirm();
  const cache = useQueryClient();
  return (
    <Drawer
      open={Boolean(host)}
      onClose={onClose}
      size={440}
      mask={false}
      rootClassName="below-top"
      title={
        host && (
          <span className="row">
            {host.name} <HostState host={host} />
          </span>
        )
      }
      extra={
        host &&
        !host.revoked &&
        can("host.revoke") && (
          <Button
            size="small"
            danger
            icon={<Icon name="trash" size={14} />}
            onClick={() =>
              ask({
                title: t("host.revoke.title", { name: host.name }),
                consequence: (
                  <>
                    <p className="b">{t("host.revoke.consequence")}</p>
                    <p className="t2">
                      {host.cluster ? t("host.revoke.in_cluster", { cluster: host.cluster }) : t("host.revoke.undo")}
                    </p>
                  </>
                ),
                act: t("host.revoke.act", { name: host.name }),
                tone: "danger",
                typed: host.name,
                run: async () => {
                  const result = await call("host.revoke", { path: { host: host.id } });
                  if (result.ok) {
                    onClose();
                    await cache.invalidateQueries({ queryKey: keys.hosts() });
                  }
                  return result;
                },
              })
            }
          >
            {t("host.revoke.short")}
          </Button>
        )
      }
    >
      {host && (
        <div className="col">
          <Card title={t("host.enrolment")} pad>
            <dl className="kv">
              <dt>{t("host.enrolled")}</dt>
              <dd>
                <At at={host.enrolled} />
              </dd>
              <dt>{t("host.expires")}</dt>
              <dd>
                <At at={host.expires} />
              </dd>
              <dt>{t("hosts.agent")}</dt>
              <dd>{host.agent}</dd>
            </dl>
          </Card>
          <Card title={t("host.facts")} pad>
            <Facts facts={host.facts} />
          </Card>
        </div>
      )}
    </Drawer>
  );
}
