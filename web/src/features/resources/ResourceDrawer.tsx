import { useQuery } from "@tanstack/react-query";
import { Button, Drawer, Table } from "antd";
import { Link } from "react-router";

import { queries, useCan } from "../../api/queries";
import type { Resource } from "../../api/types";
import { ActsMenu } from "../../components/ActsMenu";
import { BudgetCard } from "../../components/BudgetCard";
import { Card } from "../../components/Card";
import { Icon } from "../../components/Icon";
import { Pill } from "../../components/Pill";
import { Query } from "../../components/Query";
import { roleLook } from "../../components/role";
import { Ago } from "../../components/Time";
import { useAct } from "../../components/Tracker";
import { useResourceActions } from "../../components/useResourceActions";
import { Utilization } from "../../components/Utilization";
import { ValueList } from "../../components/ValueList";
import { list } from "../../lib/list";
import { type Translate, useT } from "../../lib/i18n";
import { Members } from "./Members";
import { WhyCard } from "./WhyCard";

export function ResourceDrawer({
  cluster,
  resource,
  onClose,
}: {
  cluster: string;
  resource: Resource | undefined;
  onClose: () => void;
}) {
  const t = useT();
  const can = useCan();
  const actions = useResourceActions(cluster);
  const look = resource && roleLook(resource);
  return (
    <Drawer
      open={Boolean(resource)}
      onClose={onClose}
      size={440}
      mask={false}
      rootClassName="below-top"
      title={
        resource &&
        look && (
          <span className="row">
            {resource.id}
            <Pill tone={look.tone} icon={look.icon}>
              {t(`role.${look.key}`)}
            </Pill>
          </span>
        )
      }
      extra={
        resource && (
          <span className="row">
            {can("resource.edit") && (
              <Link to={`/c/${encodeURIComponent(cluster)}/resources/${encodeURIComponent(resource.id)}/edit`}>
                <Button size="small" icon={<Icon name="edit" size={14} />}>
                  {t("resource.edit.short")}
                </Button>
              </Link>
            )}
            <ActsMenu menu={actions.menu(resource)}>
              <Button size="small">
                <span className="row">
                  {t("common.actions")} <Icon name="down" size={14} />
                </span>
              </Button>
            </ActsMenu>
          </span>
        )
      }
    >
      {resource && <Content cluster={cluster} id={resource.id} />}
      {actions.dialog}
    </Drawer>
  );
}

// The fail-count that Pacemaker calls INFINITY counts nothing: it says that the node has been given up.
const limit = 1_000_000;

function failCount(t: Translate, count: number | undefined): string {
  if (!count) return "";
  return count >= limit ? t("resource.fail_limit") : t("resource.fail_count", { count });
}

function Content({ cluster, id }: { cluster: string; id: string }) {
  const t = useT();
  const can = useCan();
  const act = useAct();
  const query = useQuery(queries.resource(cluster, id));
  return (
    <Query query={query} rows={4}>
      {(r) => (
        <div className="col">
          {list(r.failures).map((f) => (
            <div key={`${f.node}/${f.operation}/${f.interval ?? ""}`} className="note-box v-bad">
              <Icon name="bad" />
              <div className="grow">
                <p className="b">
                  {t("resource.failure", { operation: f.operation, node: f.node, exit: f.exit ?? String(f.exitCode) })}
                </p>
                {f.reason && <p className="mono wrap">{f.reason}</p>}
                <p className="t2">
                  {failCount(t, f.count)} {f.at && <Ago at={f.at} />}
                </p>
              </div>
            </div>
          ))}
          <Card title={t("resource.now")} pad>
            <dl className="kv">
              <dt>{t("resource.agent")}</dt>
              <dd className="mono">{r.agent ?? t(`kind.${r.type}`)}</dd>
              <dt>{t("resource.node")}</dt>
              <dd>{list(r.nodes).join(", ") || t("resource.runs_nowhere")}</dd>
              <dt>{t("resource.managed")}</dt>
              <dd>{t(r.managed ? "common.yes" : "common.no")}</dd>
              {r.failback && (
                <>
                  <dt>{t("failback.label")}</dt>
                  <dd>
                    {t.words(`failback.${r.failback.mode}`, {
                      hours: r.failback.hours,
                      weekdays: r.failback.weekdays ?? "1-7",
                    })}
                  </dd>
                </>
              )}
              {r.parent && (
                <>
                  <dt>{t("resource.group")}</dt>
                  <dd>{r.parent}</dd>
                </>
              )}
            </dl>
          </Card>
          <WhyCard cluster={cluster} resource={id} />
          <BudgetCard cluster={cluster} service={r.parent ?? r.id} />
          <Values title={t("form.parameters")} values={r.config?.parameters} />
          <Values title={t("form.meta")} values={r.config?.meta} />
          {r.config && list(r.config.members).length > 0 && <Members cluster={cluster} of={r.config} />}
          {r.config?.kind === "primitive" && (
            <Utilization
              of="resource"
              values={r.config.utilization}
              {...(can("resource.utilization")
                ? {
                    send: (body) => act("resource.utilization", { path: { cluster, resource: r.id }, body }),
                  }
                : {})}
            />
          )}
          {list(r.config?.operations).length > 0 && (
            <Card title={t("form.operations")}>
              <Table
                size="small"
                rowKey={(o) => `${o.name}/${o.interval ?? ""}`}
                dataSource={[...list(r.config?.operations)]}
                pagination={false}
                columns={[
                  { title: t("form.operation"), dataIndex: "name" },
                  { title: t("form.interval"), dataIndex: "interval", align: "right" },
                  { title: t("form.timeout"), dataIndex: "timeout", align: "right" },
                  { title: t("form.on_fail"), dataIndex: "onFail" },
                ]}
              />
            </Card>
          )}
        </div>
      )}
    </Query>
  );
}

function Values({ title, values }: { title: string; values: Record<string, string> | undefined }) {
  if (!values || Object.keys(values).length === 0) return null;
  return (
    <Card title={title} pad>
      <ValueList values={values} />
    </Card>
  );
}
