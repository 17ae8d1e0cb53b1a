import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { Link } from "react-router";

import { queries } from "../../api/queries";
import type { Operation } from "../../api/types";
import { Card } from "../../components/Card";
import { operationDone, operationIcon, operationTone } from "../../components/operation";
import { Query } from "../../components/Query";
import { OperationSteps } from "../../components/Steps";
import { Verdict } from "../../components/Verdict";
import { useT } from "../../lib/i18n";
import { list } from "../../lib/list";

/** A database in the making. The operation's ID is in the address: a reload loses nothing. */
export function DatabaseProgress({ cluster, operation }: { cluster: string; operation: string }) {
  const t = useT();
  const base = `/c/${encodeURIComponent(cluster)}`;
  const query = useQuery({
    ...queries.operation(operation),
    refetchInterval: (q) => (q.state.data && operationDone(q.state.data) ? false : 2000),
  });
  const onMirror = (op: Operation) => list(op.steps).some((s) => s.args?.driver === "mirror");
  return (
    <Query query={query}>
      {(op) => (
        <>
          <Verdict
            tone={operationTone[op.state]}
            icon={operationIcon[op.state]}
            head={`${t(`operation.${op.state}`)}${t("common.colon")}`}
            sentence={t(`kwdb.outcome.${op.state}`, { name: op.object ?? "" })}
            {...(op.state === "succeeded" && onMirror(op) ? { detail: t("kwdb.on_mirror") } : {})}
            actions={
              op.state === "succeeded" ? (
                <>
                  <Link to={`${base}/replication`}>
                    <Button>{t("kwdb.see_replication")}</Button>
                  </Link>
                  <Link to={`${base}/resources?resource=${encodeURIComponent(op.object ?? "")}`}>
                    <Button type="primary">{t("kwdb.see_service")}</Button>
                  </Link>
                </>
              ) : operationDone(op) ? (
                <Link to={`${base}/protect/kwdb`}>
                  <Button type="primary">{t("create.again")}</Button>
                </Link>
              ) : undefined
            }
          />
          <Card title={t("operation.steps")} pad>
            <OperationSteps operation={op} />
          </Card>
        </>
      )}
    </Query>
  );
}
