import { useQuery } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { Link, useParams } from "react-router";

import { queries, useCan } from "../../api/queries";
import type { Resource } from "../../api/types";
import { isFenceAgent } from "../../components/agents";
import { Empty } from "../../components/Empty";
import { Icon } from "../../components/Icon";
import { Pick } from "../../components/Pick";
import { Query } from "../../components/Query";
import { Verdict } from "../../components/Verdict";
import { useFilters } from "../../lib/filters";
import { useFormat } from "../../lib/format";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { AttributeSets } from "./AttributeSets";
import { Constraints } from "./Constraints";
import { Matrix } from "./Matrix";
import { ResourceDrawer } from "./ResourceDrawer";
import { Tags } from "./Tags";
import "./resources.css";

const states = ["running", "stopped", "failed", "unmanaged"] as const;
type StateFilter = (typeof states)[number];

export function Resources() {
  const { cluster = "" } = useParams();
  const { search } = useFilters();
  const query = useQuery(queries.resources(cluster));
  return (
    <div className={search.get("resource") ? "page with-drawer open" : "page with-drawer"}>
      <Query query={query}>{(page) => <Ready cluster={cluster} all={list(page.items)} />}</Query>
    </div>
  );
}

function matches(r: Resource, text: string, state: StateFilter | undefined): boolean {
  if (text && !`${r.id} ${r.agent ?? ""}`.toLowerCase().includes(text.toLowerCase())) return false;
  switch (state) {
    case "running":
      return list(r.nodes).length > 0;
    case "stopped":
      return list(r.nodes).length === 0;
    case "failed":
      return r.failed || r.blocked;
    case "unmanaged":
      return !r.managed;
    default:
      return true;
  }
}

function Ready({ cluster, all }: { cluster: string; all: readonly Resource[] }) {
  const t = useT();
  const can = useCan();
  const { search, set } = useFilters();
  const text = search.get("q") ?? "";
  const state = states.find((s) => s === search.get("state"));
  const chosen = all.find((r) => r.id === search.get("resource"));
  const base = `/c/${encodeURIComponent(cluster)}`;
  const hits = new Set(all.filter((r) => matches(r, text, state)).map((r) => r.id));
  // A member that matches brings its group, a group that matches its members.
  const shown = all.filter(
    (r) => hits.has(r.id) || (r.parent && hits.has(r.parent)) || all.some((m) => m.parent === r.id && hits.has(m.id)),
  );

  if (all.length === 0) {
    return (
      <section className="card">
        <Empty
          icon="shield"
          title={t("resources.empty")}
          text={t("resources.empty_text")}
          action={
            can("resource.create") && (
              <>
                <Link to={`${base}/resources/new`}>
                  <Button icon={<Icon name="plus" />}>{t("resource.create.title")}</Button>
                </Link>
                <Link to={`${base}/protect`}>
                  <Button type="primary" icon={<Icon name="shield" />}>
                    {t("protect.title")}
                  </Button>
                </Link>
              </>
            )
          }
        />
      </section>
    );
  }
  return (
    <>
      <ResourcesVerdict all={all} />
      <div className="tools">
        <Input
          className="name-filter"
          allowClear
          prefix={<Icon name="search" />}
          placeholder={t("resources.filter")}
          aria-label={t("resources.filter")}
          value={text}
          onChange={(ev) => set("q", ev.target.value)}
        />
        <Pick
          name={t("resources.state")}
          value={state ?? ""}
          onChange={(value) => set("state", value)}
          options={states.map((s) => ({ value: s, label: t(`resources.state.${s}`) }))}
        />
        <span className="grow" />
        {can("resource.create") && (
          <>
            <Link to={`${base}/protect`}>
              <Button icon={<Icon name="shield" />}>{t("protect.title")}</Button>
            </Link>
            <Link to={`${base}/resources/new`}>
              <Button type="primary" icon={<Icon name="plus" />}>
                {t("resource.create.title")}
              </Button>
            </Link>
          </>
        )}
      </div>
      <Matrix cluster={cluster} resources={shown} chosen={chosen?.id} onChoose={(id) => set("resource", id)} />
      <Constraints cluster={cluster} resources={all} focus={chosen?.id} />
      <Tags cluster={cluster} resources={all} />
      <AttributeSets cluster={cluster} resources={all} />
      <ResourceDrawer cluster={cluster} resource={chosen} onClose={() => set("resource", undefined)} />
    </>
  );
}

function ResourcesVerdict({ all }: { all: readonly Resource[] }) {
  const t = useT();
  const format = useFormat();
  // Fence devices have a page of their own; they count here only where they are in trouble.
  const leaves = all.filter((r) => r.type === "primitive" && (!isFenceAgent(r.agent) || r.failed || r.blocked));
  const running = leaves.filter((r) => list(r.nodes).length > 0 && !r.failed && !r.blocked).length;
  const failed = leaves.filter((r) => r.failed || r.blocked);
  const stopped = leaves.filter((r) => !r.failed && list(r.nodes).length === 0 && !r.disabled);
  const off = leaves.filter((r) => r.disabled && list(r.nodes).length === 0);
  const names = (rs: readonly Resource[]) => format.list(rs.map((r) => r.id));
  const detail = t("resources.running_of", { running, total: leaves.length });
  if (failed.length > 0)
    return (
      <Verdict
        tone="bad"
        head={t("resources.failed", { count: failed.length })}
        sentence={names(failed)}
        detail={detail}
      />
    );
  if (stopped.length > 0)
    return (
      <Verdict
        tone="bad"
        head={t("resources.stopped", { count: stopped.length })}
        sentence={names(stopped)}
        detail={detail}
      />
    );
  if (off.length > 0)
    return (
      <Verdict tone="off" head={t("resources.disabled", { count: off.length })} sentence={names(off)} detail={detail} />
    );
  return (
    <Verdict
      tone="ok"
      head={t("resources.all_running", { count: leaves.length })}
      sentence={t("resources.all_running_text")}
    />
  );
}
