import type { ClusterDetail } from "../../api/types";
import { Card } from "../../components/Card";
import { Icon } from "../../components/Icon";
import { At } from "../../components/Time";
import { useFormat } from "../../lib/format";
import { useT } from "../../lib/i18n";

export function LastFailover({ outage }: { outage: NonNullable<ClusterDetail["lastFailover"]> }) {
  const t = useT();
  const format = useFormat();
  return (
    <Card title={t("summary.last_failover")} note={<At at={outage.at} />}>
      <p className="pad row wrap">
        <b>{outage.resource}</b>
        {outage.from && (
          <>
            <span className="tag">{outage.from}</span>
            <Icon name="arrow" className="t3" />
          </>
        )}
        <span className="tag">{outage.to}</span>
        {outage.tookMs > 0 && (
          <span className="end t2">
            {t("summary.took")} <b className="took">{format.duration(outage.tookMs)}</b>
          </span>
        )}
      </p>
    </Card>
  );
}
