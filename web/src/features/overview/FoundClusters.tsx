import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { Link } from "react-router";

import { queries, useCan } from "../../api/queries";
import type { FoundCluster } from "../../api/types";
import { Card } from "../../components/Card";
import { useConfirm } from "../../components/Confirm";
import { useFaultText } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { Pill } from "../../components/Pill";
import { useAct } from "../../components/Tracker";
import { useFormat } from "../../lib/format";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";

/** Clusters that enrolled hosts belong to and that nobody manages yet: made with pcs, crmsh or by hand. Absent where there are none. */
export function FoundClusters() {
  const t = useT();
  const { data } = useQuery(queries.found());
  const found = list(data?.items);
  if (found.length === 0) return null;
  return (
    <Card title={t("found.title")} note={t("found.note")}>
      <ul className="lines found">
        {found.map((c) => (
          <Found key={c.name} cluster={c} />
        ))}
      </ul>
    </Card>
  );
}

function Found({ cluster: c }: { cluster: FoundCluster }) {
  const t = useT();
  const format = useFormat();
  const text = useFaultText();
  const can = useCan();
  const ask = useConfirm();
  const act = useAct();
  const allowed = can("cluster.adopt");
  const nodes = list(c.nodes);
  const without = nodes.filter((n) => !n.enrolled).map((n) => n.name);
  const reasons = list(c.verdict?.reasons);
  const adopt = () =>
    ask({
      title: t("found.adopt_title", { name: c.name }),
      consequence: (
        <div className="col tight">
          <p className="b">{t("found.consequence")}</p>
          {without.length > 0 && <p>{t("found.without", { nodes: format.list(without) })}</p>}
          {reasons.length > 0 && <p className="t2">{t("found.reasons", { count: reasons.length })}</p>}
          <p className="t2">{t("found.undo")}</p>
        </div>
      ),
      act: t("found.adopt_act", { name: c.name }),
      run: () => act("cluster.adopt", { path: { cluster: c.name }, body: {} }),
    });
  return (
    <li>
      <div className="grow">
        <p className="row wrap">
          <b>{c.name}</b>
          <span className="t2">
            {t("found.state", { online: c.online, nodes: nodes.length, started: c.started, resources: c.resources })}
          </span>
          {c.running && <Pill tone={c.quorate ? "ok" : "bad"}>{t(c.quorate ? "quorum.yes" : "quorum.no")}</Pill>}
        </p>
        <p className="t2">
          {format.list(nodes.map((n) => (n.enrolled ? n.name : t("found.no_agent", { node: n.name }))))}
        </p>
        {c.fault ? (
          <p className="bad row">
            <Icon name="bad" size={14} />
            {text(c.fault).sentence}
          </p>
        ) : (
          reasons.map((r) => (
            <p key={`${r.code}/${Object.values(r.args ?? {}).join("/")}`} className="warn row">
              <Icon name="warn" size={14} />
              <span>{t.words(`verdict.${r.code}`, r.args)}</span>
            </p>
          ))
        )}
      </div>
      {without.length > 0 && (
        <Link to="/hosts">
          <Button size="small">{t("hosts.enrol")}</Button>
        </Link>
      )}
      <Button
        size="small"
        type="primary"
        icon={<Icon name="plus" size={14} />}
        disabled={!allowed || c.fault !== undefined}
        title={allowed ? undefined : t("found.no_permission")}
        aria-label={t("found.adopt_act", { name: c.name })}
        onClick={adopt}
      >
        {t("found.adopt")}
      </Button>
    </li>
  );
}
