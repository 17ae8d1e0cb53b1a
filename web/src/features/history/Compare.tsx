import { useQuery } from "@tanstack/react-query";
import { Form, Select } from "antd";

import { queries } from "../../api/queries";
import type { Revision } from "../../api/types";
import { Card } from "../../components/Card";
import { Differences } from "../../components/Differences";
import { Icon } from "../../components/Icon";
import { Query } from "../../components/Query";
import { useFormat } from "../../lib/format";
import { useT } from "../../lib/i18n";
import { list } from "../../lib/list";

/** What differs between two revisions, whatever lies between them; 0 stands for the configuration as it is now. */
export function Compare({
  cluster,
  revisions,
  from,
  to,
  onChange,
  onClose,
}: {
  cluster: string;
  revisions: readonly Revision[];
  from: number;
  to: number;
  onChange: (from: number, to: number) => void;
  onClose: () => void;
}) {
  const t = useT();
  const format = useFormat();
  const query = useQuery(queries.compare(cluster, from, to));
  const numbered = revisions.map((r) => ({
    value: r.number,
    label: `#${r.number} · ${format.time(r.at)} · ${r.author}`,
  }));
  // One that is in the URL but further back than what has been loaded.
  const known = (n: number) => (n === 0 || revisions.some((r) => r.number === n) ? [] : [{ value: n, label: `#${n}` }]);
  return (
    <Card title={t("history.compare")} note={t("history.compare_note")} onClose={onClose} pad>
      <div className="col">
        <Form layout="vertical" component="div" requiredMark={false} className="compare-form">
          <Form.Item label={t("history.from")} htmlFor="compare-from">
            <Select
              id="compare-from"
              value={from}
              options={[...numbered, ...known(from)]}
              onChange={(n: number) => onChange(n, to)}
            />
          </Form.Item>
          <Form.Item label={t("history.to")} htmlFor="compare-to">
            <Select
              id="compare-to"
              value={to}
              options={[{ value: 0, label: t("history.now") }, ...numbered, ...known(to)]}
              onChange={(n: number) => onChange(from, n)}
            />
          </Form.Item>
        </Form>
        <Query query={query} rows={2}>
          {({ differences }) =>
            list(differences).length === 0 ? (
              <p className="note-box v-ok" role="status">
                <Icon name="ok" />
                {t("history.same")}
              </p>
            ) : (
              <section aria-label={t("history.compare")} aria-live="polite">
                <p className="t2">{t("history.differences", { count: list(differences).length })}</p>
                <Differences differences={list(differences)} />
              </section>
            )
          }
        </Query>
      </div>
    </Card>
  );
}
