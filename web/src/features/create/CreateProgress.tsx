import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { Link, useLocation } from "react-router";

import { queries } from "../../api/queries";
import { Card } from "../../components/Card";
import { operationDone, operationIcon, operationTone } from "../../components/operation";
import { Query } from "../../components/Query";
import { OperationSteps } from "../../components/Steps";
import { Verdict } from "../../components/Verdict";
import { spaced, useT } from "../../lib/i18n";

/** A cluster in the making. The operation's ID is in the URL: a reload loses nothing. */
export function CreateProgress({ operation }: { operation: string }) {
  const t = useT();
  const { state }: { state: unknown } = useLocation();
  const query = useQuery({
    ...queries.operation(operation),
    refetchInterval: (q) => (q.state.data && operationDone(q.state.data) ? false : 2000),
  });
  return (
    <Query query={query}>
      {(op) => {
        const base = `/c/${encodeURIComponent(op.cluster ?? "")}`;
        return (
          <>
            <Verdict
              tone={operationTone[op.state]}
              icon={operationIcon[op.state]}
              head={`${t(`operation.${op.state}`)}${t("common.colon")}`}
              sentence={t(`create.outcome.${op.state}`, { name: op.cluster })}
              actions={
                op.state === "succeeded" ? (
                  <>
                    <Link to={`${base}/fencing`}>
                      <Button>{t("create.then_fencing")}</Button>
                    </Link>
                    <Link to={base}>
                      <Button type="primary">{t("overview.open", { name: spaced(t, op.cluster) })}</Button>
                    </Link>
                  </>
                ) : operationDone(op) ? (
                  <Link to="/clusters/new" state={state}>
                    <Button type="primary">{t("create.again")}</Button>
                  </Link>
                ) : undefined
              }
            />
            <Card title={t("operation.steps")} pad>
              <OperationSteps operation={op} />
            </Card>
          </>
        );
      }}
    </Query>
  );
}
