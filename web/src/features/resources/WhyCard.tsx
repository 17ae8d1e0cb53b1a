import { useQuery } from "@tanstack/react-query";

import { queries } from "../../api/queries";
import type { Cause, Explanation } from "../../api/types";
import { Card } from "../../components/Card";
import { FaultBox, toFault } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { useFormat } from "../../lib/format";
import { list } from "../../lib/list";
import { type Translate, useT } from "../../lib/i18n";

/** Why a resource is where it is, or stopped, why on no other node, and why it last moved: each cause was tried out by the scheduler. */
export function WhyCard({ cluster, resource }: { cluster: string; resource: string }) {
  const t = useT();
  const query = useQuery(queries.why(cluster, resource));
  return (
    <Card title={t("why.title")} note={t("why.note")}>
      {query.data ? (
        <Ready explanation={query.data} />
      ) : query.error ? (
        <div className="pad">
          <FaultBox fault={toFault(query.error)} onRetry={() => void query.refetch()} compact />
        </div>
      ) : (
        <p className="pad row t2" role="status">
          <Icon name="sync" size={14} className="spin" />
          {t("why.asking")}
        </p>
      )}
    </Card>
  );
}

function Ready({ explanation: e }: { explanation: Explanation }) {
  const t = useT();
  const format = useFormat();
  const nodes = list(e.nodes);
  const elsewhere = list(e.elsewhere);
  return (
    <>
      <div className="pad why">
        <p className="b">
          {nodes.length > 0
            ? t.words("why.active", { resource: e.resource, nodes: format.list(nodes) })
            : t.words("why.stopped", { resource: e.resource })}
        </p>
        <Causes causes={list(e.causes)} />
        {e.moved && (
          <>
            <p className="b">
              {t.words(`why.moved.${e.moved.action}`, {
                time: format.time(e.moved.at),
                resource: e.resource,
                from: e.moved.from,
                to: e.moved.to,
              })}
            </p>
            <Causes causes={list(e.moved.causes)} />
          </>
        )}
      </div>
      {elsewhere.length > 0 && (
        <div className="beats-scroll" role="region" aria-label={t("why.elsewhere")} tabIndex={0}>
          <table className="beats why-nodes">
            <thead>
              <tr>
                <th scope="col">{t("why.not_on")}</th>
                <th scope="col">{t("why.score")}</th>
                <th scope="col">{t("why.because")}</th>
              </tr>
            </thead>
            <tbody>
              {elsewhere.map((n) => (
                <tr key={n.node}>
                  <th scope="row">{n.node}</th>
                  <td className="num">{n.score ?? "–"}</td>
                  <td>
                    <Causes causes={list(n.causes)} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

function Causes({ causes }: { causes: readonly Cause[] }) {
  const t = useT();
  const [only] = causes;
  if (causes.length === 1 && only) return <p>{sentence(t, only)}</p>;
  return (
    <ul>
      {causes.map((c) => (
        <li key={`${c.code}/${Object.values(c.args ?? {}).join("/")}`}>{sentence(t, c)}</li>
      ))}
    </ul>
  );
}

/** The sentence of a cause; what a constraint leaves open, because a rule or a set says it, is a dash. */
function sentence(t: Translate, cause: Cause): string {
  const args = Object.fromEntries(Object.entries(cause.args ?? {}).map(([name, value]) => [name, value || "–"]));
  return t.words(`why.${cause.code}`, args);
}
