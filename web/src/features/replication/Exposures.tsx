import { useQuery } from "@tanstack/react-query";

import { queries } from "../../api/queries";
import type { Exposure } from "../../api/types";
import { Card } from "../../components/Card";
import { Query } from "../../components/Query";
import { Ago, At, isSet } from "../../components/Time";
import { useFormat } from "../../lib/format";
import { useT } from "../../lib/i18n";

/** When one side alone had everything: what the loss of that side would have taken. */
export function Exposures({ cluster, volume }: { cluster: string; volume: string }) {
  const t = useT();
  const query = useQuery(queries.exposures(cluster, volume));
  return (
    <Card title={t("replication.exposures")} note={t("replication.exposures_note")}>
      <Query query={query} rows={2}>
        {(exposures) =>
          exposures.length === 0 ? (
            <p className="pad t2">{t("replication.exposures_none")}</p>
          ) : (
            <ul className="lines exposures">
              {exposures.map((e) => (
                <One key={e.started} exposure={e} />
              ))}
            </ul>
          )
        }
      </Query>
    </Card>
  );
}

function One({ exposure: e }: { exposure: Exposure }) {
  const t = useT();
  const format = useFormat();
  return (
    <li>
      <span className="grow">
        <At at={e.started} />
      </span>
      {isSet(e.ended) ? (
        <span>{format.duration(Date.parse(e.ended) - Date.parse(e.started))}</span>
      ) : (
        <b className="warn">
          {t("replication.exposures_goes_on")} <Ago at={e.started} />
        </b>
      )}
      {e.bytes > 0 && <span className="t2">{t("replication.exposures_bytes", { size: format.bytes(e.bytes) })}</span>}
    </li>
  );
}
