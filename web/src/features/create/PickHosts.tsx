import { Button, Table } from "antd";
import { Link } from "react-router";

import type { Host } from "../../api/types";
import { addressChoices } from "../../components/addresses";
import { Empty } from "../../components/Empty";
import { Icon } from "../../components/Icon";
import { useFormat } from "../../lib/format";
import { useT } from "../../lib/i18n";
import { type Draft, proposeLinks } from "./draft";

export function PickHosts({
  hosts,
  draft,
  onChange,
}: {
  hosts: readonly Host[];
  draft: Draft;
  onChange: (draft: Draft) => void;
}) {
  const t = useT();
  const format = useFormat();
  const why = (h: Host) => {
    if (h.revoked) return t("host.revoked");
    if (h.cluster) return t("create.in_cluster", { cluster: h.cluster });
    if (!h.connected) return t("host.disconnected");
    return "";
  };
  const pick = (names: readonly string[]) => {
    const chosen = hosts.filter((h) => names.includes(h.name));
    onChange({ ...draft, hosts: chosen.map((h) => h.name), links: proposeLinks(chosen) });
  };
  if (hosts.length === 0) {
    return (
      <Empty
        icon="hosts"
        title={t("create.no_hosts")}
        text={t("create.no_hosts_text")}
        action={
          <Link to="/hosts">
            <Button type="primary">{t("hosts.enrol")}</Button>
          </Link>
        }
      />
    );
  }
  return (
    <div className="col">
      <p className="t2 running-text">
        {t("create.hosts_text")} {t("import.from_here")} <Link to="/clusters/migrate">{t("import.act")}</Link>
      </p>
      <div className="card">
        <Table<Host>
          size="small"
          rowKey="name"
          dataSource={hosts.toSorted(
            (a, b) => Number(Boolean(why(a))) - Number(Boolean(why(b))) || a.name.localeCompare(b.name),
          )}
          pagination={false}
          rowSelection={{
            columnWidth: 48,
            selectedRowKeys: [...draft.hosts],
            onChange: (keys) => pick(keys.map(String)),
            getCheckboxProps: (h) => ({ disabled: why(h) !== "", "aria-label": h.name }),
            getTitleCheckboxProps: () => ({ "aria-label": t("create.all_hosts") }),
          }}
          columns={[
            { title: t("hosts.host"), key: "name", render: (_, h) => <b>{h.name}</b> },
            {
              title: t("hosts.state"),
              key: "state",
              render: (_, h) => (
                <span className={why(h) ? "t3 row" : "ok row"}>
                  <Icon name={why(h) ? "off" : "ok"} size={14} />
                  {why(h) || t("create.free")}
                </span>
              ),
            },
            {
              title: t("hosts.addresses"),
              key: "addresses",
              render: (_, h) => (
                <span className="mono t2">
                  {addressChoices(h)
                    .map((c) => c.address)
                    .join(" · ")}
                </span>
              ),
            },
            {
              title: t("hosts.machine"),
              key: "machine",
              render: (_, h) =>
                `${h.facts.architecture} · ${t("host.cpus", { count: h.facts.cpus })} · ${format.bytes(h.facts.memoryBytes)}`,
            },
          ]}
        />
      </div>
      {hosts.every((h) => why(h) !== "") && (
        <p className="note-box v-info">
          <Icon name="info" />
          <span>
            {t("create.none_free")} <Link to="/hosts">{t("hosts.enrol")}</Link>
          </span>
        </p>
      )}
      {draft.hosts.length === 1 && (
        <p className="note-box v-warn">
          <Icon name="warn" />
          {t("create.one_host")}
        </p>
      )}
      {draft.hosts.length === 2 && (
        <p className="note-box v-info">
          <Icon name="info" />
          {t("create.two_hosts")}
        </p>
      )}
    </div>
  );
}
