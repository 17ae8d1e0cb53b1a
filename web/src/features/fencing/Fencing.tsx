import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useParams } from "react-router";

import { queries, useCan } from "../../api/queries";
import type { ClusterDetail, Fencing as FencingView } from "../../api/types";
import { Empty } from "../../components/Empty";
import { Icon } from "../../components/Icon";
import { Query } from "../../components/Query";
import { Verdict } from "../../components/Verdict";
import { useFormat } from "../../lib/format";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { Coverage } from "./Coverage";
import { Devices } from "./Devices";
import { fenced } from "./fenced";
import { FencingNotes } from "./FencingNotes";
import { NewDevice } from "./NewDevice";
import { PingDialog } from "./PingDialog";
import { SbdCard } from "./SbdCard";
import "./fencing.css";

/** Split-brain protection: what can power a node off, which nodes it covers, and when that was last seen to work. */
export function Fencing() {
  const { cluster = "" } = useParams();
  const query = useQuery(queries.cluster(cluster));
  const fencing = useQuery(queries.fencing(cluster));
  return (
    <div className="page">
      <Query query={query}>
        {(detail) => <Query query={fencing}>{(view) => <Ready detail={detail} fencing={view} />}</Query>}
      </Query>
    </div>
  );
}

function Ready({ detail, fencing }: { detail: ClusterDetail; fencing: FencingView }) {
  const t = useT();
  const can = useCan();
  const [adding, setAdding] = useState<"device" | "ping">();
  const none = list(fencing.devices).length === 0;
  const add = can("resource.create") && (
    <Button type={none ? "primary" : "default"} icon={<Icon name="plus" />} onClick={() => setAdding("device")}>
      {t("fencing.add")}
    </Button>
  );
  const ping = can("ping.create") && (
    <Button icon={<Icon name="pulse" />} onClick={() => setAdding("ping")}>
      {t("ping.title")}
    </Button>
  );
  return (
    <>
      <FencingVerdict
        fencing={fencing}
        actions={
          <>
            {ping}
            {add}
          </>
        }
      />
      <FencingNotes detail={detail} fencing={fencing} />
      {none ? (
        <section className="card">
          <Empty icon="shield" title={t("fencing.empty")} text={t("fencing.empty_text")} action={add} />
        </section>
      ) : (
        <>
          <Coverage detail={detail} fencing={fencing} />
          <Devices detail={detail} devices={list(fencing.devices)} />
        </>
      )}
      <SbdCard detail={detail} fencing={fencing} />
      {adding === "device" && <NewDevice detail={detail} onClose={() => setAdding(undefined)} />}
      {adding === "ping" && <PingDialog detail={detail} onClose={() => setAdding(undefined)} />}
    </>
  );
}

function FencingVerdict({ fencing, actions }: { fencing: FencingView; actions: React.ReactNode }) {
  const t = useT();
  const format = useFormat();
  const devices = list(fencing.devices);
  const withoutDevice = list(fencing.nodes).filter((n) => !n.covered && !n.idle);
  const uncovered = withoutDevice.filter((n) => !fenced(n, fencing));
  const untested = list(fencing.untested);
  const failed = devices.filter((d) => d.failed);
  if (!fencing.enabled)
    return <Verdict tone="bad" head={t("fencing.head.off")} sentence={t("fencing.off_text")} actions={actions} />;
  if (devices.length === 0 && !fencing.watchdog)
    return <Verdict tone="bad" head={t("fencing.head.none")} sentence={t("fencing.none_text")} actions={actions} />;
  if (uncovered.length > 0) {
    return (
      <Verdict
        tone="bad"
        head={t("fencing.head.uncovered")}
        sentence={format.list(uncovered.map((n) => n.node))}
        detail={t("fencing.uncovered_text")}
        actions={actions}
      />
    );
  }
  if (fencing.watchdog && (devices.length === 0 || withoutDevice.length > 0))
    return (
      <Verdict
        tone="ok"
        head={t("fencing.head.watchdog")}
        sentence={t("fencing.watchdog_text", { timeout: fencing.watchdogTimeout ?? "–" })}
        actions={actions}
      />
    );
  if (failed.length > 0)
    return (
      <Verdict
        tone="warn"
        head={t("fencing.head.failed")}
        sentence={format.list(failed.map((d) => d.id))}
        detail={t("fencing.failed_text")}
        actions={actions}
      />
    );
  if (untested.length > 0)
    return (
      <Verdict
        tone="warn"
        head={t("fencing.head.untested")}
        sentence={format.list(untested)}
        detail={t("fencing.untested_text")}
        actions={actions}
      />
    );
  return (
    <Verdict
      tone="ok"
      head={t("fencing.head.ok")}
      sentence={t("fencing.ok_text", { count: devices.length })}
      detail={t("fencing.timeout_is", { timeout: fencing.timeout || "60s" })}
      actions={actions}
    />
  );
}
