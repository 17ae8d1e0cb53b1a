import { useQuery } from "@tanstack/react-query";
import { Button, Table, type TableColumnsType } from "antd";
import { useState } from "react";

import { queries } from "../../api/queries";
import type { Constraint, NodeState, Resource } from "../../api/types";
import { ActsMenu } from "../../components/ActsMenu";
import { agentType, resourceIcon } from "../../components/agents";
import { Icon } from "../../components/Icon";
import { nodeLook } from "../../components/node";
import { Pill } from "../../components/Pill";
import { placements } from "../../components/placement";
import { roleLook } from "../../components/role";
import { useResourceActions } from "../../components/useResourceActions";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";

// Beyond this only the rows in view are drawn.
const virtualFrom = 200;

interface Row {
  resource: Resource;
  depth: number;
  parent: boolean;
}

/** Resources by nodes: where each runs, where it may go next, where it must not. */
export function Matrix({
  cluster,
  resources,
  chosen,
  onChoose,
}: {
  cluster: string;
  resources: readonly Resource[];
  chosen: string | undefined;
  onChoose: (id: string) => void;
}) {
  const t = useT();
  const actions = useResourceActions(cluster);
  const { data: detail } = useQuery(queries.cluster(cluster));
  const [folded, setFolded] = useState<readonly string[]>([]);
  const nodes = list(detail?.state?.nodes);
  const constraints = list(detail?.config?.constraints);
  const byID = new Map(resources.map((r) => [r.id, r]));
  const depth = (r: Resource): number => {
    const parent = r.parent ? byID.get(r.parent) : undefined;
    return parent ? depth(parent) + 1 : 0;
  };
  const hidden = (r: Resource): boolean =>
    Boolean(r.parent && (folded.includes(r.parent) || hidden(byID.get(r.parent) ?? { ...r, parent: "" })));
  const rows: Row[] = resources
    .filter((r) => !hidden(r))
    .map((resource) => ({ resource, depth: depth(resource), parent: resources.some((m) => m.parent === resource.id) }));

  const columns: TableColumnsType<Row> = [
    {
      title: t("resources.resource"),
      key: "id",
      fixed: "left",
      width: 260,
      render: (_, { resource: r, depth, parent }) => (
        <span className="row nowrap" style={{ paddingInlineStart: `${depth * 24 + (parent ? 0 : 24)}px` }}>
          {parent && (
            <Button
              type="text"
              size="small"
              className="fold"
              aria-expanded={!folded.includes(r.id)}
              aria-label={t("resources.fold", { id: r.id })}
              icon={<Icon name={folded.includes(r.id) ? "right" : "down"} size={14} />}
              onClick={(ev) => {
                ev.stopPropagation();
                setFolded((old) => (old.includes(r.id) ? old.filter((id) => id !== r.id) : [...old, r.id]));
              }}
            />
          )}
          <Icon name={resourceIcon(r.type, r.agent)} className="t2" />
          <span className={depth === 0 ? "b" : undefined}>{r.id}</span>
          <span className="t3 ell">
            {r.agent ? agentType(r.agent) : t(`kind.${r.type}`)}
            {!r.managed && <span className="warn"> · {t("role.unmanaged")}</span>}
          </span>
        </span>
      ),
    },
    ...nodes.map((node) => ({
      title: <NodeTitle node={node} />,
      key: node.name,
      width: 128,
      align: "center" as const,
      render: (_: unknown, { resource: r }: Row) => <Cell resource={r} node={node.name} constraints={constraints} />,
    })),
    {
      title: <span className="visually-hidden">{t("common.actions")}</span>,
      key: "actions",
      width: 56,
      align: "right",
      fixed: "right",
      render: (_, { resource: r }) => (
        <span onClick={(ev) => ev.stopPropagation()} role="presentation">
          <ActsMenu menu={actions.menu(r)}>
            <Button
              type="text"
              size="small"
              icon={<Icon name="more" />}
              aria-label={t("resource.actions_of", { id: r.id })}
            />
          </ActsMenu>
        </span>
      ),
    },
  ];
  return (
    <section className="card matrix" aria-label={t("resources.matrix")}>
      <Table<Row>
        size="small"
        rowKey={(row) => row.resource.id}
        dataSource={rows}
        columns={columns}
        pagination={false}
        {...(rows.length > virtualFrom
          ? { virtual: true, scroll: { x: 320 + nodes.length * 128, y: 640 } }
          : { scroll: { x: "max-content" } })}
        rowClassName={({ resource: r }) =>
          `click${r.id === chosen ? " chosen" : ""}${r.failed || r.blocked ? " alert" : ""}`
        }
        onRow={({ resource: r }) => ({ onClick: () => onChoose(r.id) })}
      />
      {actions.dialog}
    </section>
  );
}

function NodeTitle({ node }: { node: NodeState }) {
  const t = useT();
  const look = nodeLook(node);
  return (
    <span className="nowrap" title={t(`node.state.${look.key}`)}>
      {node.name} <Icon name={look.icon} size={14} className={look.tone} label={t(`node.state.${look.key}`)} />
    </span>
  );
}

function Cell({
  resource,
  node,
  constraints,
}: {
  resource: Resource;
  node: string;
  constraints: readonly Constraint[];
}) {
  const t = useT();
  if (list(resource.nodes).includes(node)) {
    const look = roleLook(resource);
    return (
      <Pill tone={look.tone} icon={look.icon}>
        {t(`role.${look.key}`)}
      </Pill>
    );
  }
  // Members go where their group goes; only what stands by itself has an order of nodes.
  const place = resource.parent ? undefined : placements(constraints, resource.id).get(node);
  if (!place) return <span className="t3">–</span>;
  if (place.kind === "banned") return <span className="t3">{t("place.banned")}</span>;
  return <span className="t2">{place.kind === "main" ? t("place.main") : t("place.spare", { rank: place.rank })}</span>;
}
