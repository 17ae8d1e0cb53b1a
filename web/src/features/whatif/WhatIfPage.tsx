import { useQuery } from "@tanstack/react-query";
import { Button, Checkbox, Form, Select } from "antd";
import { useParams, useSearchParams } from "react-router";

import { queries } from "../../api/queries";
import type { ClusterDetail, ResourceState, Scenario } from "../../api/types";
import { Card } from "../../components/Card";
import { Empty } from "../../components/Empty";
import { WhatIf } from "../../components/Forecast";
import { Query } from "../../components/Query";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";

/** Plays the failure of nodes and resources through by the scheduler; what is played stands in the URL. */
export function WhatIfPage() {
  const { cluster = "" } = useParams();
  const query = useQuery(queries.cluster(cluster));
  return (
    <div className="page narrow">
      <Query query={query}>{(detail) => <Ready detail={detail} />}</Query>
    </div>
  );
}

function Ready({ detail }: { detail: ClusterDetail }) {
  const t = useT();
  const [search, setSearch] = useSearchParams();
  const lose = search.getAll("lose");
  const fail = search.getAll("fail");
  const standby = search.getAll("standby");
  const noQuorum = search.has("noquorum");
  const set = (name: string, values: readonly string[]) =>
    setSearch(
      (old) => {
        const next = new URLSearchParams(old);
        next.delete(name);
        for (const value of values) next.append(name, value);
        return next;
      },
      { replace: true },
    );
  const nodes = list(detail.state?.nodes);
  const options = nodes.map((n) => ({
    value: n.name,
    label: n.online ? n.name : t("whatif.node_away", { node: n.name }),
    disabled: !n.online,
  }));
  const resources = running(list(detail.state?.resources));
  const scenario: Scenario = {
    ...(lose.length > 0 ? { loseNodes: lose } : {}),
    ...(fail.length > 0 ? { fail: fail.map((resource) => ({ resource })) } : {}),
    ...(noQuorum ? { loseQuorum: true } : {}),
    ...(standby.length > 0
      ? { edits: standby.map((node) => ({ op: "node.attributes", node, values: { standby: "on" } })) }
      : {}),
  };
  const chosen = Object.keys(scenario).length > 0;
  return (
    <>
      <Card
        title={t("whatif.page")}
        note={t("whatif.page_note")}
        extra={
          <Button size="small" disabled={!chosen} onClick={() => setSearch({}, { replace: true })}>
            {t("common.reset")}
          </Button>
        }
        pad
      >
        <Form layout="vertical" component="div" requiredMark={false} className="form-grid">
          <Form.Item label={t("whatif.lose")} htmlFor="whatif-lose" extra={t("whatif.lose_extra")}>
            <Select
              id="whatif-lose"
              mode="multiple"
              value={lose}
              options={options}
              onChange={(values: string[]) => set("lose", values)}
            />
          </Form.Item>
          <Form.Item label={t("whatif.fail")} htmlFor="whatif-fail" extra={t("whatif.fail_extra")}>
            <Select
              id="whatif-fail"
              mode="multiple"
              value={fail}
              options={resources.map((id) => ({ value: id, label: id }))}
              onChange={(values: string[]) => set("fail", values)}
            />
          </Form.Item>
          <Form.Item label={t("whatif.standby")} htmlFor="whatif-standby" extra={t("whatif.standby_extra")}>
            <Select
              id="whatif-standby"
              mode="multiple"
              value={standby}
              options={options}
              onChange={(values: string[]) => set("standby", values)}
            />
          </Form.Item>
        </Form>
        <Checkbox checked={noQuorum} onChange={(ev) => set("noquorum", ev.target.checked ? ["1"] : [])}>
          {t("whatif.lose_quorum")} <span className="t2">{t("whatif.quorum_extra")}</span>
        </Checkbox>
      </Card>
      {chosen ? (
        <Card title={t("whatif.title")} pad>
          <WhatIf cluster={detail.name} scenario={scenario} />
        </Card>
      ) : (
        <section className="card">
          <Empty icon="help" title={t("whatif.empty")} text={t("whatif.empty_text")} />
        </section>
      )}
    </>
  );
}

/** Resources that a monitor can find failed: those that run and hold no others. */
function running(all: readonly ResourceState[]): string[] {
  return [
    ...new Set(
      all.flatMap((r) =>
        list(r.members).length > 0 ? running(list(r.members)) : list(r.nodes).length > 0 ? [r.id] : [],
      ),
    ),
  ];
}
