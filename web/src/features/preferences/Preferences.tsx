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
import { KeyValues } from "../../components/KeyValues";
import { Query } from "../../components/Query";
import { useAct } from "../../components/Tracker";
import { useT } from "../../lib/i18n";

const known = [
  "maintenance-mode",
  "stonith-enabled",
  "stonith-timeout",
  "stonith-action",
  "no-quorum-policy",
  "symmetric-cluster",
  "cluster-recheck-interval",
  "dc-deadtime",
  "priority-fencing-delay",
  "stop-all-resources",
  "start-failure-is-fatal",
  "concurrent-fencing",
  "node-health-strategy",
];
// Pacemaker writes these itself.
const own = /^(have-watchdog|dc-version|cluster-infrastructure|cluster-name|last-lrm-refresh)$/;

/** What differs, as the route takes it: set what is new, unset what is gone. */
export function changesOf(
  before: Record<string, string>,
  after: Record<string, string>,
): { set: Record<string, string>; unset: string[] } {
  return {
    set: Object.fromEntries(Object.entries(after).filter(([name, value]) => before[name] !== value)),
    unset: Object.keys(before).filter((name) => !(name in after)),
  };
}

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
  const all = detail.config?.properties ?? {};
  const before = Object.fromEntries(Object.entries(all).filter(([name]) => !own.test(name)));
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
    <Card title={t("preferences.title")} note={t("preferences.note")} pad>
      <div className="col">
        <KeyValues
          value={value}
          onChange={setValue}
          names={known}
          label={t("preferences.title")}
          hint={(name) => t.words(`property.${name}`, {}, "")}
        />
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
            {t("preferences.act", { count })}
          </Button>
        </div>
      </div>
    </Card>
  );
}
