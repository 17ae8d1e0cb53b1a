import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Checkbox } from "antd";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";

import { call } from "../../api/client";
import { keys, queries } from "../../api/queries";
import type { Fault, Resource, ResourceConfig } from "../../api/types";
import { Card } from "../../components/Card";
import { FaultBox, toFault } from "../../components/FaultView";
import { ForecastOnDemand } from "../../components/ForecastOnDemand";
import { errorsBelow } from "../../components/formErrors";
import { Icon } from "../../components/Icon";
import { Query } from "../../components/Query";
import { missingParameters, ResourceForm } from "../../components/ResourceForm";
import { useAct } from "../../components/Tracker";
import { useT } from "../../lib/i18n";
import { list } from "../../lib/list";

// The cluster's version moves with every change of anything in it, for example when a node comes back from standby.
const tries = 5;

/** What an edit is refused with where somebody was faster. */
const overtaken: ReadonlySet<string | undefined> = new Set(["config.moved_on", "config.changed_since"]);

/** Edits a resource. The version that was read goes back with the edit: whoever was faster is not overwritten. */
export function EditResource() {
  const { cluster = "", resource = "" } = useParams();
  // The form keeps what it was opened with, however the cluster changes meanwhile; the server compares the versions.
  const query = useQuery({ ...queries.resource(cluster, resource), staleTime: Infinity, refetchOnMount: "always" });
  const [round, setRound] = useState(0);
  return (
    <div className="page narrow">
      <Query query={query}>
        {(data) =>
          query.isFetchedAfterMount ? (
            <EditForm
              key={round}
              cluster={cluster}
              resource={data}
              onReload={async () => {
                await query.refetch();
                setRound((n) => n + 1);
              }}
            />
          ) : null
        }
      </Query>
    </div>
  );
}

function EditForm({
  cluster,
  resource,
  onReload,
}: {
  cluster: string;
  resource: Resource;
  onReload: () => Promise<void>;
}) {
  const t = useT();
  const act = useAct();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const [opened] = useState(resource);
  const [value, setValue] = useState<ResourceConfig>(opened.config ?? { id: opened.id, kind: opened.type });
  const [fault, setFault] = useState<Fault>();
  const [busy, setBusy] = useState(false);
  const [keep, setKeep] = useState(false);
  const agent = useQuery({
    ...queries.agent(cluster, opened.agent ?? "", t.language),
    enabled: Boolean(opened.agent),
  });
  const metadata = agent.data;
  const missing = missingParameters(value, metadata);
  const changed = JSON.stringify(value) !== JSON.stringify(opened.config);
  const why = !changed ? t("form.unchanged") : missing.length > 0 ? t("form.needs", { names: missing.join(", ") }) : "";
  const back = `/c/${encodeURIComponent(cluster)}/resources?resource=${encodeURIComponent(opened.id)}`;

  /** Where only other things than this resource have changed meanwhile, nobody is overwritten: it is sent for what is there now. */
  const send = async () => {
    let { version } = opened;
    for (let left = tries; ; left--) {
      const result = await act("resource.edit", {
        path: { cluster, resource: opened.id },
        body: { resource: value, ...(keep ? { keepRunning: true } : {}), ...(version ? { version } : {}) },
      });
      if (result.ok || !overtaken.has(result.fault.reason) || left <= 1) return result;
      const now = await call("resource.show", { path: { cluster, resource: opened.id } });
      if (!now.ok || JSON.stringify(now.data.config) !== JSON.stringify(opened.config)) return result;
      version = now.data.version;
    }
  };
  const save = async () => {
    setBusy(true);
    const result = await send();
    setBusy(false);
    if (!result.ok) {
      setFault(result.fault);
      return;
    }
    void cache.invalidateQueries({ queryKey: keys.cluster(cluster) });
    await navigate(back);
  };
  return (
    <Card title={t("resource.edit.title", { id: opened.id })} note={opened.agent} pad>
      <div className="col">
        <div className="note-box v-warn">
          <Icon name="warn" />
          <div className="grow">{t("resource.edit.consequence")}</div>
        </div>
        {agent.error && !metadata && (
          <FaultBox fault={toFault(agent.error)} onRetry={() => void agent.refetch()} compact />
        )}
        <ResourceForm
          value={value}
          onChange={setValue}
          metadata={metadata}
          loading={agent.isLoading}
          errors={errorsBelow(t, fault, "resource")}
          fixedID
        />
        {opened.type === "primitive" && list(opened.nodes).length > 0 && (
          <div className="col tight">
            <Checkbox checked={keep} onChange={(ev) => setKeep(ev.target.checked)}>
              {t("resource.edit.window")}
            </Checkbox>
            <p className="t3">{t("resource.edit.window_text")}</p>
          </div>
        )}
        {why === "" && !keep && (
          <ForecastOnDemand cluster={cluster} scenario={{ edits: [{ op: "resource.update", resource: value }] }} />
        )}
        {fault && <FaultBox fault={fault} />}
        {fault?.code === "conflict" && (
          <div className="row">
            <Button icon={<Icon name="sync" />} onClick={() => void onReload()}>
              {t("resource.edit.reload")}
            </Button>
            <span className="t2">{t("resource.edit.reload_text")}</span>
          </div>
        )}
        <div className="row">
          <span className="t3 xs">{why}</span>
          <span className="grow" />
          <Button onClick={() => void navigate(back)}>{t("common.cancel")}</Button>
          <Button type="primary" loading={busy} disabled={why !== ""} onClick={() => void save()}>
            {t("resource.edit.act", { id: opened.id })}
          </Button>
        </div>
      </div>
    </Card>
  );
}
