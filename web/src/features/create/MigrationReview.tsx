import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";

import { queries } from "../../api/queries";
import type { Migration } from "../../api/types";
import { Differences } from "../../components/Differences";
import { Icon } from "../../components/Icon";
import { saveFile } from "../../components/saveFile";
import { useFormat } from "../../lib/format";
import { useT } from "../../lib/i18n";
import { list } from "../../lib/list";
import type { MigrationDraft } from "./mapping";

/** What will be made, what the mapping changes, and what nobody but the administrator can do: stop the old services, move the data. */
export function MigrationReview({
  draft: { contents, answers },
  moved,
  into,
}: {
  draft: MigrationDraft;
  moved: Migration;
  into: string | undefined;
}) {
  const t = useT();
  const format = useFormat();
  const { data: clusters } = useQuery(queries.clusters());
  const old = list(clusters?.items).find((c) => c.name === contents.cluster && c.name !== moved.cluster);
  const hosts = list(moved.setup.nodes).map((n) => n.name);
  // That nodes are others is said above.
  const differences = list(moved.differences).filter((d) => d.object !== "node");
  return (
    <div className="col">
      <div className="note-box v-info">
        <Icon name="info" />
        <div className="grow">
          <p className="b">
            {into
              ? t("import.consequence_into", { name: into })
              : t("import.consequence", { name: moved.cluster, nodes: format.list(hosts) })}
          </p>
          <p className="t2">{t("import.consequence_text")}</p>
        </div>
      </div>
      <div className="note-box v-warn">
        <Icon name="warn" />
        <div className="grow">
          <p className="b">
            {old && old.started > 0
              ? t("import.old_runs", { name: old.name, count: old.started })
              : t("import.old_stays", { name: contents.cluster })}
          </p>
          <p className="t2">{t("import.data")}</p>
        </div>
      </div>
      <dl className="kv left">
        <dt>{t("import.new_cluster")}</dt>
        <dd className="b">{moved.cluster}</dd>
        {list(contents.nodes).map((node) => (
          <div key={node} className="contents">
            <dt>{node}</dt>
            <dd className="row wrap">
              <Icon name="arrow" size={14} className="t3" />
              <b>{answers.nodes[node]?.host}</b>
              <span className="mono t2">{list(answers.nodes[node]?.addresses).join(" · ")}</span>
            </dd>
          </div>
        ))}
      </dl>
      <section className="col tight" aria-label={t("import.changes")}>
        <div className="row">
          <h3>{t("import.changes")}</h3>
          <span className="grow" />
          <Button
            size="small"
            icon={<Icon name="down" size={14} />}
            onClick={() => saveFile(`${moved.cluster}.yaml`, moved.yaml)}
          >
            {t("import.download")}
          </Button>
        </div>
        {differences.length === 0 ? (
          <p className="t2">{t("import.no_changes")}</p>
        ) : (
          <Differences differences={differences} />
        )}
      </section>
    </div>
  );
}
