import { useQuery } from "@tanstack/react-query";
import { Button, Form, Radio, Select } from "antd";
import { useState } from "react";

import { queries, useCan } from "../../api/queries";
import type { Fault, HealthPolicy, HealthShown } from "../../api/types";
import { Card } from "../../components/Card";
import { useConfirm } from "../../components/Confirm";
import { FaultBox, toFault } from "../../components/FaultView";
import { errorsBelow } from "../../components/formErrors";
import { Icon } from "../../components/Icon";
import { useAct } from "../../components/Tracker";
import { useT } from "../../lib/i18n";
import { list } from "../../lib/list";
import { kinds, moves, pathOf, ruleOf, withRule } from "./health";
import { HealthForecast, HealthPlanView } from "./Moves";
import { RuleFields } from "./RuleFields";

/** The policy as a form: it is asked what it would do before it can be saved, and says at each field what is wrong with it. */
export function PolicyCard({ cluster, shown }: { cluster: string; shown: HealthShown }) {
  const t = useT();
  const act = useAct();
  const can = useCan();
  const [draft, setDraft] = useState(shown.policy);
  const [node, setNode] = useState("");
  const [asked, setAsked] = useState("");
  const [refused, setRefused] = useState<Fault>();
  const [busy, setBusy] = useState(false);
  const now = JSON.stringify(draft);
  const changed = now !== JSON.stringify(shown.policy);
  const preview = asked === now && changed;
  const plan = useQuery({ ...queries.healthPlan(cluster, { policy: draft }), enabled: preview });
  const unplanned = preview && plan.error ? toFault(plan.error) : undefined;
  const fault = refused ?? unplanned;
  const errors = errorsBelow(t, fault, refused ? "" : "policy");
  const allowed = can("health.set");
  const why = allowed ? (changed ? "" : t("form.unchanged")) : t("health.no_permission");
  // Where nobody can say what would happen, for example because no agent is connected, it can be saved all the same.
  const known = preview && (plan.data !== undefined || (unplanned !== undefined && unplanned.code !== "invalid"));

  const change = (next: HealthPolicy) => {
    setDraft(next);
    setRefused(undefined);
  };
  const save = async () => {
    setBusy(true);
    const { version } = shown;
    const result = await act("health.set", {
      path: { cluster },
      body: { ...draft, ...(version ? { version } : {}) },
    });
    setBusy(false);
    setRefused(result.ok ? undefined : result.fault);
  };
  return (
    <Card
      title={t("health.policy")}
      note={t("health.policy_note")}
      label={t("health.policy")}
      extra={<UnsetButton cluster={cluster} policy={shown.policy} />}
    >
      <Form layout="vertical" component="div" requiredMark={false} disabled={!allowed} className="health-policy">
        <div className="pad">
          <Form.Item label={t("health.move")} className="flat" {...wrong(errors, "move")}>
            <Radio.Group
              className="stack"
              value={draft.move}
              onChange={(ev) => change({ ...draft, move: ev.target.value })}
              options={moves.map((move) => ({
                value: move,
                label: (
                  <span className="two">
                    {t(`health.move_name.${move}`)}
                    <small>{t(`health.move_text.${move}`)}</small>
                  </span>
                ),
              }))}
            />
          </Form.Item>
        </div>
        <div className="pad scope row wrap">
          <span className="grow two">
            <b>{t("health.rules")}</b>
            <small>{t("health.rules_note")}</small>
          </span>
          <Select
            className="suppose"
            aria-label={t("health.scope")}
            disabled={false}
            value={node}
            onChange={setNode}
            options={[
              { value: "", label: t("health.all_nodes") },
              ...list(shown.nodes).map((n) => ({
                value: n.node,
                label: kinds.some((kind) => ruleOf(draft, n.node, kind))
                  ? t("health.node_own", { node: n.node })
                  : n.node,
              })),
            ]}
          />
        </div>
        {kinds.map((kind) => (
          <RuleFields
            key={`${node}/${kind}`}
            kind={kind}
            node={node}
            rule={ruleOf(draft, node, kind)}
            inherited={draft[kind]}
            errors={errors}
            path={pathOf(draft, node, kind)}
            onChange={(rule) => change(withRule(draft, node, kind, rule))}
          />
        ))}
        <div className="pad">
          <Form.Item
            label={t("health.except")}
            htmlFor="health-except"
            extra={t("health.except_extra")}
            className="flat"
            {...wrong(errors, "except")}
          >
            <Select
              id="health-except"
              mode="multiple"
              value={[...list(draft.except)]}
              placeholder={t("health.except_none")}
              onChange={(except: string[]) => change({ ...draft, except })}
              options={[...new Set([...list(shown.services), ...list(draft.except)])].map((id) => ({
                value: id,
                label: id,
              }))}
            />
          </Form.Item>
        </div>
      </Form>
      <div className="pad col foot">
        {preview && plan.isFetching && !plan.data && (
          <p className="row t2" role="status">
            <Icon name="sync" size={14} className="spin" />
            {t("whatif.playing")}
          </p>
        )}
        {preview && plan.data && (draft.move === "off" ? <p className="t2">{t("health.saves_off")}</p> : null)}
        {preview && plan.data && <HealthPlanView plan={plan.data} />}
        {fault && <FaultBox fault={fault} compact />}
        <div className="row wrap">
          <span className="t3 xs grow">{why || (known ? "" : t("health.ask_first"))}</span>
          <Button disabled={!changed} onClick={() => change(shown.policy)}>
            {t("common.reset")}
          </Button>
          {known ? (
            <Button key="save" type="primary" loading={busy} disabled={why !== ""} onClick={() => void save()}>
              {t("common.save")}
            </Button>
          ) : (
            <Button
              key="ask"
              type="primary"
              loading={preview && plan.isFetching}
              disabled={why !== ""}
              onClick={() => (preview ? void plan.refetch() : setAsked(now))}
            >
              {t("whatif.ask")}
            </Button>
          )}
        </div>
      </div>
    </Card>
  );
}

/** What a form item shows of an error at a path or below it. */
function wrong(errors: ReadonlyMap<string, string>, path: string) {
  const text = [...errors].find(([at]) => at === path || at.startsWith(`${path}.`))?.[1];
  return text === undefined ? {} : ({ validateStatus: "error", help: text } as const);
}

/** Takes all of it away, after a look at what moves then. */
function UnsetButton({ cluster, policy }: { cluster: string; policy: HealthPolicy }) {
  const t = useT();
  const can = useCan();
  const ask = useConfirm();
  const act = useAct();
  if (!can("health.unset")) return null;
  return (
    <Button
      type="text"
      size="small"
      icon={<Icon name="trash" size={14} />}
      onClick={() =>
        ask({
          title: t("health.unset_title"),
          consequence: (
            <div className="col tight">
              <p className="b">{t("health.unset_text")}</p>
              <p className="t2">{t("checks.fix_undo")}</p>
              {policy.move !== "off" && (
                <HealthForecast cluster={cluster} question={{ policy: { ...policy, move: "off" } }} />
              )}
            </div>
          ),
          act: t("health.unset"),
          tone: "danger",
          run: () => act("health.unset", { path: { cluster } }),
        })
      }
    >
      {t("health.unset")}
    </Button>
  );
}
