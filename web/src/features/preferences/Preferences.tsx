import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useParams } from "react-router";

import { queries, useCan } from "../../api/queries";
import type { ClusterDetail, Fault } from "../../api/types";
import { Card } from "../../components/Card";
import { Empty } from "../../components/Empty";
import { FaultBox } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { Query } from "../../components/Query";
import { useAct } from "../../components/Tracker";
import { Verdict } from "../../components/Verdict";
import { useFormat } from "../../lib/format";
import { useT } from "../../lib/i18n";
import { changesOf, properties, setByPeople } from "./properties";
import { PropertyList } from "./PropertyList";
import "./preferences.css";

/** Cluster properties. */
export function Preferences() {
  const t = useT();
  const { cluster = "" } = useParams();
  const query = useQuery(queries.cluster(cluster));
  return (
    <div className="page narrow">
      <Query query={query}>
        {(detail) =>
          detail.config ? (
            <Form key={`${detail.config.version.adminEpoch}.${detail.config.version.epoch}`} detail={detail} />
          ) : (
            <section className="card">
              <Empty icon="wrench" title={t("preferences.empty")} text={t("preferences.empty_text")} />
            </section>
          )
        }
      </Query>
    </div>
  );
}

function Form({ detail }: { detail: ClusterDetail }) {
  const t = useT();
  const can = useCan();
  const act = useAct();
  const before = setByPeople(detail.config?.properties ?? {});
  const [value, setValue] = useState(before);
  const [fault, setFault] = useState<Fault>();
  const [busy, setBusy] = useState(false);
  const { set, unset } = changesOf(before, value);
  const count = Object.keys(set).length + unset.length;
  const unprotects = set["stonith-enabled"] === "false";
  const save = async () => {
    setBusy(true);
    setFault(undefined);
    const result = await act("cluster.properties", {
      path: { cluster: detail.name },
      body: { set, unset, ...(detail.config ? { version: detail.config.version } : {}) },
    });
    setBusy(false);
    if (!result.ok) setFault(result.fault);
  };
  const why = !can("cluster.properties") ? t("preferences.no_permission") : count === 0 ? t("form.unchanged") : "";
  return (
    <>
      <PreferencesVerdict properties={before} />
      <Card>
        <PropertyList value={value} onChange={setValue} disabled={!can("cluster.properties")} />
        <div className="pad col">
          {unprotects && (
            <div className="note-box v-bad">
              <Icon name="bad" />
              <div className="grow">{t("preferences.unprotects")}</div>
            </div>
          )}
          {fault && <FaultBox fault={fault} />}
          <div className="row">
            <span className="t3 xs">{why}</span>
            <span className="grow" />
            <Button disabled={count === 0} onClick={() => setValue(before)}>
              {t("common.reset")}
            </Button>
            <Button type="primary" loading={busy} disabled={why !== ""} onClick={() => void save()}>
              {count === 0 ? t("common.save") : t("preferences.act", { count })}
            </Button>
          </div>
        </div>
      </Card>
    </>
  );
}

/** Settings that suspend what the cluster is for come first; else what differs from Pacemaker's own values. */
function PreferencesVerdict({ properties: chosen }: { properties: Readonly<Record<string, string>> }) {
  const t = useT();
  const format = useFormat();
  const on = (name: string, value: string) => chosen[name] === value;
  if (on("maintenance-mode", "true"))
    return (
      <Verdict
        tone="info"
        icon="wrench"
        head={t("preferences.head.maintenance")}
        sentence={t("preferences.maintenance")}
      />
    );
  if (on("stop-all-resources", "true"))
    return <Verdict tone="bad" head={t("preferences.head.stopped")} sentence={t("preferences.stopped")} />;
  if (on("stonith-enabled", "false"))
    return <Verdict tone="bad" head={t("fencing.head.off")} sentence={t("fencing.off_text")} />;
  if (on("no-quorum-policy", "ignore"))
    return <Verdict tone="bad" head={t("preferences.head.ignore")} sentence={t("preferences.ignore")} />;
  const differing = Object.entries(chosen)
    .filter(([name, value]) => properties.find((p) => p.name === name)?.standard !== value)
    .map(([name]) => name);
  return (
    <Verdict
      tone="ok"
      head={t("preferences.head.ok")}
      sentence={
        differing.length === 0 ? t("preferences.standard") : t("preferences.differing", { count: differing.length })
      }
      detail={differing.length > 0 && format.list(differing)}
    />
  );
}
