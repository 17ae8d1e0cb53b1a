import { useQuery } from "@tanstack/react-query";
import { Button, Form, Select } from "antd";
import { useState } from "react";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";

import { queries } from "../../api/queries";
import type { AgentMetadata, Fault, ResourceConfig } from "../../api/types";
import { agentType, fenceParameters, isFenceAgent } from "../../components/agents";
import { Card } from "../../components/Card";
import { FaultBox, toFault } from "../../components/FaultView";
import { ForecastOnDemand } from "../../components/ForecastOnDemand";
import { errorsBelow } from "../../components/formErrors";
import { Loading } from "../../components/Loading";
import { advisedOperations } from "../../components/OperationsEditor";
import { missingParameters, ResourceForm } from "../../components/ResourceForm";
import { useAct } from "../../components/Tracker";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";

/** Makes one resource by its agent; the form is built from the agent's metadata. */
export function NewResource() {
  const t = useT();
  const { cluster = "" } = useParams();
  const [search, setSearch] = useSearchParams();
  const agent = search.get("agent") ?? "";
  const agents = useQuery(queries.agents(cluster));
  const metadata = useQuery({ ...queries.agent(cluster, agent, t.language), enabled: agent !== "" });
  const names = list(agents.data?.items).map((a) => a.agent);
  const classes = [...new Set(names.map((n) => n.split(":").slice(0, -1).join(":")))].toSorted();
  return (
    <div className="page narrow">
      <Card title={t("resource.create.title")} note={t("resource.create.note")} pad>
        <Form layout="vertical" component="div" requiredMark={false}>
          <Form.Item
            label={t("resource.agent")}
            htmlFor="agent"
            extra={agents.data && t("resource.agent_extra", { count: names.length })}
          >
            <Select
              id="agent"
              showSearch
              autoFocus
              loading={agents.isLoading}
              value={agent || null}
              placeholder={t("resource.agent_placeholder")}
              onChange={(value: string) => setSearch({ agent: value }, { replace: true })}
              options={classes.map((c) => ({
                label: c,
                options: names
                  .filter((n) => n.startsWith(`${c}:`) && n.slice(c.length + 1).indexOf(":") < 0)
                  .map((n) => ({ value: n, label: `${agentType(n)}  ·  ${c}` })),
              }))}
            />
          </Form.Item>
        </Form>
        {agents.error && <FaultBox fault={toFault(agents.error)} onRetry={() => void agents.refetch()} />}
        {agent && metadata.isLoading && <Loading rows={3} />}
        {metadata.error && <FaultBox fault={toFault(metadata.error)} onRetry={() => void metadata.refetch()} />}
        {!metadata.data && (
          <div className="row">
            <span className="grow" />
            <Link to={`/c/${encodeURIComponent(cluster)}/resources`}>
              <Button>{t("common.cancel")}</Button>
            </Link>
          </div>
        )}
        {metadata.data && <NewForm key={agent} cluster={cluster} metadata={metadata.data} />}
      </Card>
    </div>
  );
}

function NewForm({ cluster, metadata }: { cluster: string; metadata: AgentMetadata }) {
  const t = useT();
  const act = useAct();
  const navigate = useNavigate();
  const { data: detail } = useQuery(queries.cluster(cluster));
  const [value, setValue] = useState<ResourceConfig>(() => ({
    id: "",
    kind: "primitive",
    agent: metadata.agent,
    parameters: {},
    meta: {},
    operations: advisedOperations(metadata),
  }));
  const [group, setGroup] = useState("");
  const [fault, setFault] = useState<Fault>();
  const [busy, setBusy] = useState(false);
  const groups = list(detail?.config?.resources).filter((r) => r.kind === "group");
  const missing = missingParameters(value, metadata);
  const why =
    value.id === "" ? t("form.needs_id") : missing.length > 0 ? t("form.needs", { names: missing.join(", ") }) : "";
  const back = `/c/${encodeURIComponent(cluster)}/resources`;

  const create = async () => {
    setBusy(true);
    const result = await act("resource.create", {
      path: { cluster },
      body: { resource: value, ...(group ? { group } : {}) },
    });
    setBusy(false);
    if (result.ok) await navigate(`${back}?resource=${encodeURIComponent(value.id)}`);
    else setFault(result.fault);
  };
  return (
    <div className="col">
      {(metadata.short ?? metadata.long) && <p className="t2">{metadata.short ?? metadata.long}</p>}
      <ResourceForm
        value={value}
        onChange={setValue}
        metadata={metadata}
        errors={errorsBelow(t, fault, "resource")}
        {...(isFenceAgent(value.agent) ? { prominent: [...fenceParameters, "pcmk_host_list"] } : {})}
      />
      {groups.length > 0 && (
        <Form layout="vertical" component="div">
          <Form.Item label={t("form.into_group")} htmlFor="group" extra={t("form.into_group_extra")}>
            <Select
              id="group"
              value={group}
              onChange={setGroup}
              options={[{ value: "", label: t("form.no_group") }, ...groups.map((g) => ({ value: g.id, label: g.id }))]}
            />
          </Form.Item>
        </Form>
      )}
      {why === "" && (
        <ForecastOnDemand
          cluster={cluster}
          scenario={{ edits: [{ op: "resource.create", resource: value, ...(group ? { group } : {}) }] }}
        />
      )}
      {fault && <FaultBox fault={fault} />}
      <div className="row">
        <span className="t3 xs">{why}</span>
        <span className="grow" />
        <Button onClick={() => void navigate(back)}>{t("common.cancel")}</Button>
        <Button type="primary" loading={busy} disabled={why !== ""} onClick={() => void create()}>
          {t("resource.create.act", { id: value.id })}
        </Button>
      </div>
    </div>
  );
}
