import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "react-router";

import { queries, useSession } from "../../api/queries";
import type { ClusterDetail } from "../../api/types";
import { Card } from "../../components/Card";
import { servesDemo } from "../../components/demo";
import { DemoPanel } from "../../components/DemoPanel";
import { Empty } from "../../components/Empty";
import { EventLine } from "../../components/EventLine";
import { Query } from "../../components/Query";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { Attention } from "./Attention";
import { LastFailover } from "./LastFailover";
import { SummaryFigures } from "./SummaryFigures";
import { SummaryVerdict } from "./SummaryVerdict";
import { TargetsCard } from "./TargetsCard";
import { Topology } from "./Topology";
import "./summary.css";

const latestEvents = 9;

export function Summary() {
  const { cluster = "" } = useParams();
  const query = useQuery(queries.cluster(cluster));
  return (
    <div className="page">
      <Query query={query}>{(detail) => <Ready detail={detail} />}</Query>
    </div>
  );
}

function Ready({ detail }: { detail: ClusterDetail }) {
  const t = useT();
  const session = useSession();
  const { data: demo } = useQuery({ ...queries.demo(), enabled: Boolean(session?.demo) });
  const served = session?.demo && demo && servesDemo(detail, demo.target);
  return (
    <>
      <SummaryVerdict detail={detail} />
      <SummaryFigures detail={detail} demo={served ? demo : undefined} />
      <div className="split">
        <div className="col">
          <Topology detail={detail} />
          {served && <DemoPanel />}
          {detail.lastFailover && <LastFailover outage={detail.lastFailover} />}
          <TargetsCard cluster={detail.name} />
        </div>
        <div className="col">
          <Attention detail={detail} />
          <LatestEvents cluster={detail.name} />
        </div>
      </div>
      {detail.state?.pacemaker && (
        <p className="t3 xs">
          {t("summary.made_of", { pacemaker: detail.state.pacemaker, corosync: detail.state.corosync ?? "–" })}
        </p>
      )}
    </>
  );
}

function LatestEvents({ cluster }: { cluster: string }) {
  const t = useT();
  const query = useQuery(queries.events({ cluster, limit: latestEvents }));
  return (
    <Card
      title={t("summary.events")}
      note={t("summary.events_note")}
      extra={<Link to={`/c/${encodeURIComponent(cluster)}/logs`}>{t("summary.all_events")}</Link>}
      pad
    >
      <Query query={query} rows={4}>
        {(page) =>
          list(page.items).length === 0 ? (
            <Empty icon="events" title={t("events.empty")} text={t("events.empty_text")} />
          ) : (
            <ol className="timeline">
              {list(page.items)
                .slice(0, latestEvents)
                .map((event) => (
                  <EventLine key={event.id} event={event} />
                ))}
            </ol>
          )
        }
      </Query>
    </Card>
  );
}
