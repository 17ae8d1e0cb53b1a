import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useParams } from "react-router";

import { queries, useCan } from "../../api/queries";
import type { ClusterDetail } from "../../api/types";
import { isFenceAgent } from "../../components/agents";
import { Empty } from "../../components/Empty";
import { Icon } from "../../components/Icon";
import { Query } from "../../components/Query";
import { Verdict } from "../../components/Verdict";
import { useFormat } from "../../lib/format";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { coveredBy } from "./covered";
import { Devices } from "./Devices";
import { FenceNodes } from "./FenceNodes";
import { NewDevice } from "./NewDevice";

/** Split-brain protection: what can power a node off, which nodes it covers, and when that was last seen to work. */
export function Fencing() {
  const { cluster = "" } = useParams();
  const query = useQuery(queries.cluster(cluster));
  return (
    <div className="page">
      <Query query={query}>{(detail) => <Ready detail={detail} />}</Query>
    </div>
  );
}

function Ready({ detail }: { detail: ClusterDetail }) {
  const t = useT();
  const can = useCan();
  const [adding, setAdding] = useState(false);
  const devices = list(detail.config?.resources).filter((r) => isFenceAgent(r.agent));
  const add = can("resource.create") && (
    <Button
      type={devices.length === 0 ? "primary" : "default"}
      icon={<Icon name="plus" />}
      onClick={() => setAdding(true)}
    >
      {t("fencing.add")}
    </Button>
  );
  return (
    <>
      <FencingVerdict detail={detail} actions={add} />
      {devices.length === 0 ? (
        <section className="card">
          <Empty icon="shield" title={t("fencing.empty")} text={t("fencing.empty_text")} action={add} />
        </section>
      ) : (
        <Devices detail={detail} devices={devices} />
      )}
      <FenceNodes detail={detail} devices={devices} />
      {adding && <NewDevice detail={detail} onClose={() => setAdding(false)} />}
    </>
  );
}

function FencingVerdict({ detail, actions }: { detail: ClusterDetail; actions: React.ReactNode }) {
  const t = useT();
  const format = useFormat();
  const { state } = detail;
  const devices = list(detail.config?.resources).filter((r) => isFenceAgent(r.agent));
  const covers = devices.map((d) => coveredBy(d.parameters));
  const everything = covers.includes(undefined);
  const uncovered = everything ? [] : list(detail.nodes).filter((n) => !covers.some((c) => c?.includes(n)));
  const history = list(state?.fenceHistory);
  const tested = history.some((f) => f.status === "success");
  if (state && !state.fencing)
    return <Verdict tone="bad" head={t("fencing.head.off")} sentence={t("fencing.off_text")} actions={actions} />;
  if (devices.length === 0)
    return <Verdict tone="bad" head={t("fencing.head.none")} sentence={t("fencing.none_text")} actions={actions} />;
  if (uncovered.length > 0) {
    return (
      <Verdict
        tone="warn"
        head={t("fencing.head.uncovered")}
        sentence={format.list(uncovered)}
        detail={t("fencing.uncovered_text")}
        actions={actions}
      />
    );
  }
  if (!tested)
    return (
      <Verdict tone="warn" head={t("fencing.head.untested")} sentence={t("fencing.untested_text")} actions={actions} />
    );
  return (
    <Verdict
      tone="ok"
      head={t("fencing.head.ok")}
      sentence={t("fencing.ok_text", { count: devices.length })}
      actions={actions}
    />
  );
}
