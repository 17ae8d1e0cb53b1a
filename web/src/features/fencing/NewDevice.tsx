import { useQuery } from "@tanstack/react-query";
import { Button, Checkbox, Drawer, Form, Select } from "antd";
import { useState } from "react";

import { queries } from "../../api/queries";
import type { AgentMetadata, ClusterDetail, Fault, ResourceConfig } from "../../api/types";
import { agentType, fenceParameters } from "../../components/agents";
import { freeID } from "../../components/constraints";
import { FaultBox, toFault } from "../../components/FaultView";
import { errorsBelow } from "../../components/formErrors";
import { Loading } from "../../components/Loading";
import { missingParameters, ResourceForm } from "../../components/ResourceForm";
import { useAct } from "../../components/Tracker";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";

/** A fence device: its agent, the nodes that it powers off, and the agent's own parameters. */
export function NewDevice({ detail, onClose }: { detail: ClusterDetail; onClose: () => void }) {
  const t = useT();
  const [agent, setAgent] = useState("");
  const agents = useQuery(queries.agents(detail.name));
  const metadata = useQuery({ ...queries.agent(detail.name, agent, t.language), enabled: agent !== "" });
  return (
    <Drawer open onClose={onClose} size={640} title={t("fencing.add")}>
      <Form layout="vertical" component="div" requiredMark={false}>
        <Form.Item label={t("fencing.agent")} htmlFor="fence-agent" extra={t("fencing.agent_extra")}>
          <Select
            id="fence-agent"
            showSearch
            autoFocus
            loading={agents.isLoading}
            value={agent || null}
            placeholder={t("resource.agent_placeholder")}
            onChange={setAgent}
            options={list(agents.data?.items)
              .map((a) => a.agent)
              .filter((a) => a.startsWith("stonith:"))
              .map((a) => ({ value: a, label: agentType(a) }))}
          />
        </Form.Item>
      </Form>
      {agents.error && <FaultBox fault={toFault(agents.error)} onRetry={() => void agents.refetch()} />}
      {metadata.error && <FaultBox fault={toFault(metadata.error)} onRetry={() => void metadata.refetch()} />}
      {agent && metadata.isLoading && <Loading rows={3} />}
      {metadata.data && <DeviceForm key={agent} detail={detail} metadata={metadata.data} onClose={onClose} />}
    </Drawer>
  );
}

function DeviceForm({
  detail,
  metadata,
  onClose,
}: {
  detail: ClusterDetail;
  metadata: AgentMetadata;
  onClose: () => void;
}) {
  const t = useT();
  const act = useAct();
  const taken = [
    ...list(detail.config?.resources).map((r) => r.id),
    ...list(detail.config?.constraints).map((c) => c.id),
  ];
  const [nodes, setNodes] = useState<readonly string[]>([]);
  const [away, setAway] = useState(true);
  const [value, setValue] = useState<ResourceConfig>(() => ({
    id: freeID(["fence", agentType(metadata.agent).replace(/^fence_/, "")], taken),
    kind: "primitive",
    agent: metadata.agent,
    parameters: {},
    operations: [{ name: "monitor", interval: "60s", timeout: "60s" }],
  }));
  const [fault, setFault] = useState<Fault>();
  const [busy, setBusy] = useState(false);
  const missing = missingParameters(value, metadata);
  const why =
    nodes.length === 0
      ? t("fencing.needs_nodes")
      : missing.length > 0
        ? t("form.needs", { names: missing.join(", ") })
        : "";
  const one = nodes.length === 1 ? nodes[0] : undefined;

  const create = async () => {
    setBusy(true);
    const resource = { ...value, parameters: { ...value.parameters, pcmk_host_list: nodes.join(" ") } };
    const constraints =
      one && away
        ? [
            {
              id: freeID([value.id, "not-on", one], taken),
              kind: "location" as const,
              resource: value.id,
              node: one,
              score: "-INFINITY",
            },
          ]
        : [];
    const result = await act("resource.create", { path: { cluster: detail.name }, body: { resource, constraints } });
    setBusy(false);
    if (result.ok) onClose();
    else setFault(result.fault);
  };
  return (
    <div className="col">
      <Form layout="vertical" component="div" requiredMark={false}>
        <Form.Item label={t("fencing.covers")} extra={t("fencing.covers_extra")}>
          <Checkbox.Group
            value={[...nodes]}
            onChange={setNodes}
            options={list(detail.nodes).map((n) => ({ value: n, label: n }))}
          />
        </Form.Item>
        {one && (
          <Form.Item>
            <Checkbox checked={away} onChange={(ev) => setAway(ev.target.checked)}>
              {t("fencing.away", { node: one })}
            </Checkbox>
          </Form.Item>
        )}
      </Form>
      <ResourceForm
        value={value}
        onChange={setValue}
        metadata={metadata}
        errors={errorsBelow(t, fault, "resource")}
        prominent={fenceParameters}
        brief
      />
      {fault && <FaultBox fault={fault} compact />}
      <div className="row">
        <span className="t3 xs">{why}</span>
        <span className="grow" />
        <Button onClick={onClose}>{t("common.cancel")}</Button>
        <Button type="primary" loading={busy} disabled={why !== ""} onClick={() => void create()}>
          {t("fencing.add_act", { id: value.id })}
        </Button>
      </div>
    </div>
  );
}
