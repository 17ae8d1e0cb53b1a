import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import type { ReactNode } from "react";
import { Link } from "react-router";

import { queries } from "../../api/queries";
import type { Difference, Fault, Operation } from "../../api/types";
import { Card } from "../../components/Card";
import { Differences } from "../../components/Differences";
import { FaultBox } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { operationDone, operationIcon, operationTone } from "../../components/operation";
import { Pill } from "../../components/Pill";
import { Query } from "../../components/Query";
import { OperationSteps } from "../../components/Steps";
import { Verdict } from "../../components/Verdict";
import { spaced, useT } from "../../lib/i18n";
import { list } from "../../lib/list";
import { keep, type Kept } from "./mapping";

const askEvery = 2000;

/** A cluster that is being carried over: its creation, its configuration, and what came of it beside what was asked for. */
export function MigrationProgress({
  create,
  apply,
  kept,
  busy,
  fault,
}: {
  create: string | undefined;
  apply: string | undefined;
  /** Absent where the page was opened elsewhere. */
  kept: Kept | undefined;
  /** Whether this page carries on by itself. */
  busy: boolean;
  /** Why it does not, where it could not even ask. */
  fault: Fault | undefined;
}) {
  const created = useOperation(create);
  const applied = useOperation(apply);
  const moved = kept?.moved;
  const done = applied.data?.state === "succeeded";
  const compared = useQuery({
    ...queries.compareFile(moved?.cluster ?? "", moved?.yaml ?? ""),
    enabled: done && moved !== undefined,
  });
  const cluster = moved?.cluster ?? created.data?.cluster ?? applied.data?.cluster ?? "";
  return (
    <>
      <Outcome
        cluster={cluster}
        created={create ? created.data : undefined}
        applied={applied.data}
        differ={list(compared.data?.differences).length}
        kept={kept}
        busy={busy}
        fault={fault}
      />
      {done && moved && (
        <Query query={compared} rows={2}>
          {({ differences }) => <Comparison cluster={cluster} differences={list(differences)} />}
        </Query>
      )}
      {apply && <OperationCard query={applied} />}
      {create && <OperationCard query={created} />}
    </>
  );
}

function useOperation(id: string | undefined) {
  return useQuery({
    ...queries.operation(id ?? ""),
    enabled: id !== undefined,
    refetchInterval: (q) => (q.state.data && operationDone(q.state.data) ? false : askEvery),
  });
}

function OperationCard({ query }: { query: ReturnType<typeof useOperation> }) {
  const t = useT();
  return (
    <Query query={query} rows={2}>
      {(op) => (
        <Card
          title={t.words(`route.${op.kind}`)}
          extra={
            <Pill tone={operationTone[op.state]} icon={operationIcon[op.state]}>
              {t(`operation.${op.state}`)}
            </Pill>
          }
          pad
        >
          <OperationSteps operation={op} />
        </Card>
      )}
    </Query>
  );
}

/** Where it stands, and where to go on from there. */
function Outcome({
  cluster: name,
  created,
  applied,
  differ,
  kept,
  busy,
  fault,
}: {
  cluster: string;
  created: Operation | undefined;
  applied: Operation | undefined;
  /** In so many places from the file, as far as is known. */
  differ: number;
  kept: Kept | undefined;
  busy: boolean;
  fault: Fault | undefined;
}) {
  const t = useT();
  const base = `/c/${encodeURIComponent(name)}`;
  const last = applied ?? created;
  if (!last) return null;
  const again = (to: string, label: ReactNode, why: Fault | undefined) => (
    <Link to={to} state={kept && keep(kept.draft, why ? { fault: why } : {})}>
      <Button type="primary">{label}</Button>
    </Link>
  );
  const goOn = `/clusters/migrate?${new URLSearchParams({ into: name }).toString()}`;
  if (applied?.state === "succeeded") {
    return (
      <Verdict
        tone={differ > 0 ? "warn" : "ok"}
        head={`${t("operation.succeeded")}${t("common.colon")}`}
        sentence={differ > 0 ? t("import.differs", { name, count: differ }) : t("import.outcome.done", { name })}
        actions={
          <>
            <Link to={`${base}/fencing`}>
              <Button>{t("import.test_fencing")}</Button>
            </Link>
            <Link to={base}>
              <Button type="primary">{t("overview.open", { name: spaced(t, name) })}</Button>
            </Link>
          </>
        }
      />
    );
  }
  // The cluster is there; what is missing is its configuration.
  const stuck = (applied ? operationDone(applied) : created?.state === "succeeded") && !busy;
  if (stuck) {
    const why = applied?.fault ?? fault;
    return (
      <>
        <Verdict
          tone={why ? "bad" : "warn"}
          head={`${t("import.unfinished")}${t("common.colon")}`}
          sentence={t(applied || fault ? "import.outcome.not_applied" : "import.outcome.interrupted", { name })}
          detail={t("import.go_on_text")}
          actions={again(goOn, t("import.go_on"), why)}
        />
        {fault && !applied && <FaultBox fault={fault} />}
      </>
    );
  }
  const failed = operationDone(last) && last.state !== "succeeded";
  return (
    <Verdict
      tone={failed ? operationTone[last.state] : "info"}
      icon={failed ? operationIcon[last.state] : "sync"}
      head={`${t(failed ? `operation.${last.state}` : "operation.running")}${t("common.colon")}`}
      sentence={
        failed
          ? t(last.state === "rolled_back" ? "create.outcome.rolled_back" : "create.outcome.failed", { name })
          : t(created?.state === "succeeded" || applied ? "import.outcome.applying" : "import.outcome.creating", {
              name,
            })
      }
      detail={busy ? t("import.stay") : undefined}
      actions={failed ? again("/clusters/migrate", t("create.again"), last.fault) : undefined}
    />
  );
}

/** What the new cluster has otherwise than the file, with its new names. */
function Comparison({ cluster, differences }: { cluster: string; differences: readonly Difference[] }) {
  const t = useT();
  return (
    <Card title={t("import.comparison")} note={t("import.comparison_note")} pad>
      {differences.length === 0 ? (
        <p className="row">
          <Icon name="ok" className="ok" />
          {t("import.same_as_file", { name: cluster })}
        </p>
      ) : (
        <Differences differences={differences} />
      )}
    </Card>
  );
}
