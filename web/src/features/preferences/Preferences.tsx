import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";

import { queries } from "../../api/queries";
import type { ClusterDetail, Config } from "../../api/types";
import { Empty } from "../../components/Empty";
import { Icon } from "../../components/Icon";
import { Query } from "../../components/Query";
import { useAct } from "../../components/Tracker";
import { Verdict } from "../../components/Verdict";
import { useFormat } from "../../lib/format";
import { useT } from "../../lib/i18n";
import { operationDefaults, properties, resourceDefaults, setByPeople } from "./properties";
import { ValuesCard } from "./ValuesCard";
import "./preferences.css";

/** Cluster properties, and what holds for resources and operations that do not say otherwise. */
export function Preferences() {
  const t = useT();
  const { cluster = "" } = useParams();
  const query = useQuery(queries.cluster(cluster));
  return (
    <div className="page narrow">
      <Query query={query}>
        {(detail) =>
          detail.config ? (
            <Ready detail={detail} config={detail.config} />
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

// What is being edited is thrown away only when these very values have changed, not at each change of the cluster.
const keyOf = (values: Readonly<Record<string, string>>) => JSON.stringify(Object.entries(values).toSorted());

function Ready({ detail, config }: { detail: ClusterDetail; config: Config }) {
  const t = useT();
  const act = useAct();
  const chosen = setByPeople(config.properties);
  const forResources = config.resourceDefaults ?? {};
  const forOperations = config.operationDefaults ?? {};
  const path = { cluster: detail.name };
  const { version } = config;
  return (
    <>
      <PreferencesVerdict properties={chosen} />
      <ValuesCard
        key={`properties ${keyOf(chosen)}`}
        cluster={detail.name}
        op="properties.set"
        title={t("preferences.title")}
        note={t("preferences.note")}
        known={properties}
        before={chosen}
        words="property"
        route="cluster.properties"
        errorsAt="set"
        consequence={(set) => <Consequence set={set} />}
        save={(set, unset) => act("cluster.properties", { path, body: { set, unset, version } })}
      />
      <ValuesCard
        key={`resource ${keyOf(forResources)}`}
        cluster={detail.name}
        op="resource_defaults.set"
        title={t("defaults.resource")}
        note={t("defaults.resource_note")}
        known={resourceDefaults}
        before={forResources}
        words="defaults.resource"
        route="defaults.set"
        errorsAt="resource.set"
        consequence={(set, unset) => <DefaultsConsequence set={set} unset={unset} />}
        save={(set, unset) => act("defaults.set", { path, body: { resource: { set, unset }, version } })}
      />
      <ValuesCard
        key={`operation ${keyOf(forOperations)}`}
        cluster={detail.name}
        op="op_defaults.set"
        title={t("defaults.operation")}
        note={t("defaults.operation_note")}
        known={operationDefaults}
        before={forOperations}
        words="defaults.operation"
        route="defaults.set"
        errorsAt="operation.set"
        consequence={(set, unset) => <DefaultsConsequence set={set} unset={unset} />}
        save={(set, unset) => act("defaults.set", { path, body: { operation: { set, unset }, version } })}
      />
    </>
  );
}

/** What a property stops or gives up, before it is saved. */
function Consequence({ set }: { set: Readonly<Record<string, string>> }) {
  const t = useT();
  const said = [
    set["stonith-enabled"] === "false" && t("preferences.unprotects"),
    set["stop-all-resources"] === "true" && t("preferences.stops_all"),
    set["maintenance-mode"] === "true" && t("preferences.maintains"),
    set["no-quorum-policy"] === "ignore" && t("preferences.ignores"),
  ].filter(Boolean);
  return (
    said.length > 0 && (
      <div className="note-box v-bad" role="status">
        <Icon name="bad" />
        <div className="grow col tight">
          {said.map((text) => (
            <p key={String(text)}>{text}</p>
          ))}
        </div>
      </div>
    )
  );
}

/** Defaults reach every resource at once: that is said before they are saved, and worse where services stop by it. */
function DefaultsConsequence({ set, unset }: { set: Readonly<Record<string, string>>; unset: readonly string[] }) {
  const t = useT();
  const said = [
    set["target-role"] === "Stopped" && t("defaults.stops"),
    set["is-managed"] === "false" && t("defaults.unmanages"),
    set.maintenance === "true" && t("defaults.unmanages"),
    (set["on-fail"] === "ignore" || set["on-fail"] === "block") && t("defaults.not_recovered"),
  ].filter(Boolean);
  const tone = said.length > 0 ? "bad" : "info";
  return (
    <div className={`note-box v-${tone}`} role="status">
      <Icon name={tone} />
      <div className="grow col tight">
        {[...new Set(said)].map((text) => (
          <p key={String(text)} className="b">
            {text}
          </p>
        ))}
        <p>{t("defaults.reach", { names: [...Object.keys(set), ...unset].join(", ") })}</p>
      </div>
    </div>
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
