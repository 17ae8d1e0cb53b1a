import { useQuery } from "@tanstack/react-query";
import { Button, Input, Segmented, Select } from "antd";
import { useState } from "react";
import { Link } from "react-router";

import { queries, useCan } from "../../api/queries";
import type { Cluster, Level } from "../../api/types";
import { Empty } from "../../components/Empty";
import { Icon } from "../../components/Icon";
import { levelIcon, levels, levelTone } from "../../components/level";
import { Query } from "../../components/Query";
import { usePhone } from "../../components/usePhone";
import { useFilters } from "../../lib/filters";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { ClusterCards } from "./ClusterCards";
import { ClusterTable } from "./ClusterTable";
import { choose, readWanted, sorts } from "./order";
import { FoundClusters } from "./FoundClusters";
import { OverviewFigures } from "./OverviewFigures";
import { OverviewVerdict } from "./OverviewVerdict";
import { SelectionBar } from "./SelectionBar";
import "./overview.css";

export function Overview() {
  const t = useT();
  const query = useQuery(queries.clusters());
  return (
    <div className="page">
      <Query query={query}>
        {(page) =>
          list(page.items).length === 0 ? (
            <section className="card">
              <Empty
                icon="overview"
                title={t("overview.empty")}
                text={t("overview.empty_text")}
                action={
                  <>
                    <Link to="/hosts">
                      <Button icon={<Icon name="hosts" />}>{t("overview.enrol_first")}</Button>
                    </Link>
                    <MakeCluster />
                  </>
                }
              />
            </section>
          ) : (
            <Ready all={list(page.items)} />
          )
        }
      </Query>
      {query.data && <FoundClusters />}
    </div>
  );
}

/** The ways to a cluster that is not there yet, for who may make one. */
function MakeCluster() {
  const t = useT();
  const can = useCan();
  if (!can("cluster.create")) return null;
  return (
    <>
      <Link to="/clusters/migrate">
        <Button icon={<Icon name="out" />}>{t("import.act")}</Button>
      </Link>
      <Link to="/clusters/new">
        <Button type="primary" icon={<Icon name="plus" />}>
          {t("create.title")}
        </Button>
      </Link>
    </>
  );
}

function Ready({ all }: { all: readonly Cluster[] }) {
  const t = useT();
  const { search, set, clear } = useFilters();
  const [selected, setSelected] = useState<readonly string[]>([]);
  const wanted = readWanted(search);
  const shown = choose(all, wanted);
  const phone = usePhone();
  const cards = phone || search.get("view") === "cards";
  const count = (level: Level) => all.filter((c) => c.verdict.level === level).length;

  return (
    <>
      <OverviewVerdict all={all} />
      <OverviewFigures all={all} />
      <div className="tools">
        <Segmented<string>
          className="filter"
          value={wanted.level ?? ""}
          onChange={(value) => set("level", value)}
          options={[
            { value: "", label: `${t("overview.all")} ${all.length}` },
            ...levels
              .filter((level) => count(level) > 0 || level === wanted.level)
              .map((level) => ({
                value: level,
                label: (
                  <>
                    <Icon name={levelIcon[level]} className={levelTone[level]} /> {t.words(`level.${level}`)}{" "}
                    {count(level)}
                  </>
                ),
              })),
          ]}
        />
        <span className="grow" />
        <Input
          className="name-filter"
          allowClear
          prefix={<Icon name="search" />}
          placeholder={t("overview.filter")}
          aria-label={t("overview.filter")}
          value={wanted.text}
          onChange={(ev) => set("q", ev.target.value)}
        />
        <Select
          aria-label={t("overview.sort")}
          prefix={<span className="t3">{t("overview.sort")}</span>}
          value={wanted.sort}
          popupMatchSelectWidth={false}
          onChange={(value) => set("sort", value === "severity" ? undefined : value)}
          options={sorts.map((s) => ({ value: s, label: t(`overview.sort.${s}`) }))}
        />
        {!phone && (
          <Segmented
            value={cards ? "cards" : "table"}
            onChange={(value) => set("view", value === "cards" ? "cards" : undefined)}
            options={[
              { value: "table", label: <Icon name="table" label={t("overview.as_table")} /> },
              { value: "cards", label: <Icon name="cards" label={t("overview.as_cards")} /> },
            ]}
          />
        )}
        <MakeCluster />
      </div>
      {selected.length > 0 && (
        <SelectionBar clusters={all.filter((c) => selected.includes(c.name))} onClear={() => setSelected([])} />
      )}
      {shown.length === 0 ? (
        <section className="card">
          <Empty
            icon="search"
            title={t("overview.no_match")}
            text={t("overview.no_match_text")}
            action={<Button onClick={clear}>{t("common.clear_filter")}</Button>}
          />
        </section>
      ) : cards ? (
        <ClusterCards clusters={shown} />
      ) : (
        <ClusterTable clusters={shown} selected={selected} onSelect={setSelected} />
      )}
    </>
  );
}
