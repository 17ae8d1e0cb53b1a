import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Table } from "antd";
import { useState } from "react";

import { call } from "../../api/client";
import { keys, queries, useCan } from "../../api/queries";
import type { AlertRule } from "../../api/types";
import { Card } from "../../components/Card";
import { useConfirm } from "../../components/Confirm";
import { Empty } from "../../components/Empty";
import { Icon } from "../../components/Icon";
import { IconButton } from "../../components/IconButton";
import { Pill } from "../../components/Pill";
import { Query } from "../../components/Query";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { RuleDialog } from "./RuleDialog";
import { kindTitle, secondsText } from "./words";

/** Which alarms go to which channels. */
export function Rules() {
  const t = useT();
  const can = useCan();
  const query = useQuery(queries.alertRules());
  const [editing, setEditing] = useState<AlertRule | "new">();
  return (
    <>
      <div className="tools">
        <span className="t3 xs">{t("alertrule.note")}</span>
        <span className="grow" />
        {can("alertrule.create") && (
          <Button type="primary" icon={<Icon name="plus" />} onClick={() => setEditing("new")}>
            {t("alertrule.create")}
          </Button>
        )}
      </div>
      <Query query={query}>
        {(page) => (
          <Card label={t("alarms.view.rules")}>
            {list(page.items).length === 0 ? (
              <Empty icon="bell" title={t("alertrule.empty")} text={t("alertrule.empty_text")} />
            ) : (
              <Ready rules={list(page.items)} onEdit={setEditing} />
            )}
          </Card>
        )}
      </Query>
      {editing && <RuleDialog rule={editing === "new" ? undefined : editing} onClose={() => setEditing(undefined)} />}
    </>
  );
}

function Ready({ rules, onEdit }: { rules: readonly AlertRule[]; onEdit: (rule: AlertRule) => void }) {
  const t = useT();
  const can = useCan();
  const cache = useQueryClient();
  const ask = useConfirm();
  const remove = (rule: AlertRule) =>
    ask({
      title: t("alertrule.delete_title", { name: rule.name }),
      consequence: <p className="b">{t("alertrule.delete_text")}</p>,
      act: t("alertrule.delete"),
      tone: "danger",
      run: async () => {
        const result = await call("alertrule.delete", { path: { rule: rule.name } });
        await cache.invalidateQueries({ queryKey: keys.alertRules() });
        return result;
      },
    });
  const names = (items: readonly string[], any: string) => (items.length > 0 ? items.join(t("common.comma")) : any);
  return (
    <Table<AlertRule>
      rowKey="name"
      dataSource={[...rules]}
      pagination={false}
      scroll={{ x: "max-content" }}
      columns={[
        { title: t("alertrule.name"), key: "name", render: (_, r) => <b>{r.name}</b> },
        {
          title: t("users.state"),
          key: "state",
          render: (_, r) => (
            <Pill tone={r.enabled ? "ok" : "off"}>{t(r.enabled ? "alertrule.on" : "alertrule.off")}</Pill>
          ),
        },
        {
          title: t("alertrule.which"),
          key: "which",
          render: (_, r) => (
            <div className="two rule-which">
              {t(r.severity === "critical" ? "severity.critical" : "alarms.severity.warning")}
              <small className="wrap">
                {names(
                  list(r.kinds).map((k) => kindTitle(t, k)),
                  t("alertrule.any_kind"),
                )}{" "}
                · {names(list(r.clusters), t("alertrule.any_cluster"))}
              </small>
            </div>
          ),
        },
        {
          title: t("alertrule.to"),
          key: "to",
          render: (_, r) => names(list(r.channels), t("alertrule.all_channels")),
        },
        {
          title: t("alertrule.wait"),
          key: "wait",
          align: "right",
          render: (_, r) => secondsText(r.waitSeconds),
        },
        {
          title: t("alertrule.every"),
          key: "every",
          align: "right",
          render: (_, r) => secondsText(r.everySeconds),
        },
        {
          title: <span className="visually-hidden">{t("common.actions")}</span>,
          key: "actions",
          align: "right",
          render: (_, r) => (
            <span className="acts">
              {can("alertrule.edit") && (
                <IconButton icon="edit" label={t("alertrule.edit_of", { name: r.name })} onClick={() => onEdit(r)} />
              )}
              {can("alertrule.delete") && (
                <IconButton icon="trash" label={t("alertrule.delete_of", { name: r.name })} onClick={() => remove(r)} />
              )}
            </span>
          ),
        },
      ]}
    />
  );
}
