import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Button, Checkbox, Drawer, Form, InputNumber } from "antd";
import { useState } from "react";

import { fetchRoute } from "../../api/client";
import { keys } from "../../api/queries";
import type { ClusterDetail, QuorumChange, QuorumShown } from "../../api/types";
import { FaultBox, toFault } from "../../components/FaultView";
import { useAct } from "../../components/Tracker";
import { useSaving } from "../../components/useSaving";
import { useFormat } from "../../lib/format";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { SurvivalPlan } from "./SurvivalPlan";

const options = ["waitForAll", "lastManStanding", "autoTieBreaker", "twoNode"] as const;
type Option = (typeof options)[number];

/** Votes and options; what the cluster would survive is computed by the server before anything changes. */
export function QuorumDrawer({
  detail,
  quorum,
  onClose,
}: {
  detail: ClusterDetail;
  quorum: QuorumShown;
  onClose: () => void;
}) {
  const t = useT();
  const act = useAct();
  const format = useFormat();
  const votesNow = Object.fromEntries(list(quorum.nodes).map((n) => [n.node, n.votes]));
  const [votes, setVotes] = useState<Record<string, number>>(votesNow);
  const [chosen, setChosen] = useState<Partial<Record<Option, boolean>>>({});
  const { busy, fault, save } = useSaving(onClose);
  const changed = Object.fromEntries(Object.entries(votes).filter(([node, n]) => votesNow[node] !== n));
  const change: QuorumChange = Object.keys(changed).length > 0 ? { votes: changed } : {};
  for (const option of options) {
    const on = chosen[option];
    if (on !== undefined && on !== Boolean(quorum.configured[option])) change[option] = on;
  }
  const differs = Object.keys(change).length > 0;
  const plan = useQuery({
    queryKey: [...keys.quorum(detail.name), "plan", change],
    queryFn: ({ signal }) => fetchRoute("quorum.plan", { path: { cluster: detail.name }, body: change, signal }),
    enabled: differs,
    placeholderData: keepPreviousData,
    retry: false,
  });
  const refused = differs && plan.error ? toFault(plan.error) : undefined;
  const send = () => act("quorum.edit", { path: { cluster: detail.name }, body: change });
  return (
    <Drawer
      open
      onClose={onClose}
      size={480}
      title={t("quorum.edit_title")}
      footer={
        <div className="row">
          <span className="t3 xs">{differs ? "" : t("form.unchanged")}</span>
          <span className="grow" />
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button
            type="primary"
            loading={busy}
            disabled={!differs || refused !== undefined || !plan.data}
            onClick={() => void save(send)}
          >
            {t("common.save")}
          </Button>
        </div>
      }
    >
      <Form layout="vertical" component="div" requiredMark={false}>
        <div className="form-grid vote-grid">
          {list(quorum.nodes).map((n) => (
            <Form.Item key={n.node} label={t("quorum.votes_of", { node: n.node })} htmlFor={`votes-${n.node}`}>
              <InputNumber
                id={`votes-${n.node}`}
                min={0}
                max={255}
                value={votes[n.node] ?? 1}
                onChange={(value) => setVotes({ ...votes, [n.node]: value ?? 0 })}
              />
            </Form.Item>
          ))}
        </div>
        {options.map((o) => (
          <Form.Item key={o} extra={t(`quorum.option.${o}.text`)}>
            <Checkbox
              checked={chosen[o] ?? Boolean(quorum.configured[o])}
              onChange={(ev) => setChosen({ ...chosen, [o]: ev.target.checked })}
            >
              {t(`quorum.option.${o}`)}
            </Checkbox>
          </Form.Item>
        ))}
      </Form>
      {differs && !refused && plan.data && (
        <SurvivalPlan plan={plan.data}>
          {list(plan.data.restart).length > 0 && (
            <p>{t("quorum.plan.restart", { options: format.list(list(plan.data.restart)) })}</p>
          )}
        </SurvivalPlan>
      )}
      {refused && <FaultBox fault={refused} compact />}
      {fault && <FaultBox fault={fault} compact />}
    </Drawer>
  );
}
