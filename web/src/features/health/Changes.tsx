import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";

import { queries } from "../../api/queries";
import { Card } from "../../components/Card";
import { EventLine } from "../../components/EventLine";
import { Query } from "../../components/Query";
import { useT } from "../../lib/i18n";
import { list } from "../../lib/list";

// As many as are seen without scrolling; the time line has all.
const shown = 10;

/** Which node had which colour when, newest first. */
export function ChangesCard({ cluster }: { cluster: string }) {
  const t = useT();
  const query = useQuery(queries.events({ cluster, kind: "health.*", limit: shown }));
  return (
    <Card
      title={t("health.changes")}
      label={t("health.changes")}
      extra={<Link to={`/c/${encodeURIComponent(cluster)}/logs?about=health`}>{t("health.changes_all")}</Link>}
      pad
    >
      <Query query={query}>
        {(page) =>
          list(page.items).length === 0 ? (
            <p className="t2">{t("health.changes_none")}</p>
          ) : (
            <ol className="timeline">
              {list(page.items).map((event) => (
                <EventLine key={event.id} event={event} />
              ))}
            </ol>
          )
        }
      </Query>
    </Card>
  );
}
