import { useQuery } from "@tanstack/react-query";
import { Button, Steps } from "antd";
import { useState } from "react";
import { Link, useLocation, useNavigate, useSearchParams } from "react-router";

import { call } from "../../api/client";
import { queries } from "../../api/queries";
import type { Fault, Host, PreflightResult } from "../../api/types";
import { Card } from "../../components/Card";
import { FaultBox } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { Query } from "../../components/Query";
import { useAct } from "../../components/Tracker";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { CreateProgress } from "./CreateProgress";
import { type Draft, draftOf, emptyDraft, linksProblem, setupOf } from "./draft";
import { PickHosts } from "./PickHosts";
import { PickLinks } from "./PickLinks";
import { Preflight } from "./Preflight";
import { Review } from "./Review";
import "./create.css";

const steps = ["hosts", "links", "preflight", "review"] as const;

/** From enrolled hosts to a running cluster: hosts, name and links, preflight, consequences, progress. */
export function CreateCluster() {
  const [search] = useSearchParams();
  const operation = search.get("operation");
  const query = useQuery({ ...queries.hosts(), enabled: !operation });
  return (
    <div className="page narrow">
      {operation ? (
        <CreateProgress operation={operation} />
      ) : (
        <Query query={query}>{(page) => <Wizard hosts={list(page.items)} />}</Query>
      )}
    </div>
  );
}

function Wizard({ hosts }: { hosts: readonly Host[] }) {
  const t = useT();
  const act = useAct();
  const navigate = useNavigate();
  const { state }: { state: unknown } = useLocation();
  const [at, setAt] = useState(0);
  const [draft, setDraft] = useState<Draft>(() => draftOf(state) ?? emptyDraft);
  const [checked, setChecked] = useState<PreflightResult>();
  const [fault, setFault] = useState<Fault>();
  const [busy, setBusy] = useState(false);
  const step = steps[at] ?? "hosts";

  const change = (next: Draft) => {
    setDraft(next);
    setChecked(undefined);
    setFault(undefined);
  };
  const check = async () => {
    setBusy(true);
    setFault(undefined);
    const result = await call("host.preflight", { body: { setup: setupOf(draft) } });
    setBusy(false);
    if (result.ok) setChecked(result.data);
    else setFault(result.fault);
  };
  const create = async () => {
    setBusy(true);
    setFault(undefined);
    const result = await act("cluster.create", { body: setupOf(draft) });
    setBusy(false);
    if (result.ok) {
      await navigate(`/clusters/new?operation=${encodeURIComponent(result.data.id)}`, {
        replace: true,
        state: { draft },
      });
    } else setFault(result.fault);
  };
  const forward = async () => {
    setAt(at + 1);
    if (steps[at + 1] === "preflight" && !checked) await check();
  };

  const problem = linksProblem(draft);
  const why: Record<(typeof steps)[number], string> = {
    hosts: draft.hosts.length === 0 ? t("create.needs_hosts") : "",
    links: draft.name === "" ? t("create.needs_name") : problem ? t(`create.links.${problem}`) : "",
    preflight: busy
      ? t("create.checking")
      : !checked
        ? t("create.needs_check")
        : checked.ok
          ? ""
          : t("create.needs_fixes"),
    review: "",
  };
  return (
    <Card label={t("create.title")} pad>
      <div className="col gap-l">
        <Steps size="small" current={at} items={steps.map((s) => ({ title: t(`create.step.${s}`) }))} />
        {step === "hosts" && <PickHosts hosts={hosts} draft={draft} onChange={change} />}
        {step === "links" && <PickLinks hosts={hosts} draft={draft} onChange={change} fault={fault} />}
        {step === "preflight" && <Preflight result={checked} busy={busy} onCheck={() => void check()} />}
        {step === "review" && <Review draft={draft} />}
        {fault && <FaultBox fault={fault} />}
        <div className="row">
          <Link to="/">
            <Button>{t("common.cancel")}</Button>
          </Link>
          <span className="grow" />
          <span className="t3 xs">{why[step]}</span>
          {at > 0 && (
            <Button icon={<Icon name="left" />} disabled={busy} onClick={() => setAt(at - 1)}>
              {t("common.back")}
            </Button>
          )}
          {step === "review" ? (
            <Button type="primary" loading={busy} onClick={() => void create()}>
              {t("create.act", { name: draft.name })}
            </Button>
          ) : (
            <Button type="primary" disabled={why[step] !== ""} onClick={() => void forward()}>
              {t(step === "links" ? "create.next_check" : "common.next")}
            </Button>
          )}
        </div>
      </div>
    </Card>
  );
}
