import { Link } from "react-router";

import type { ClusterDetail, Reason } from "../../api/types";
import { Card } from "../../components/Card";
import { Icon } from "../../components/Icon";
import { levelIcon, levelTone, phrase } from "../../components/level";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";

/** The page that deals with a reason: never more than two clicks to what caused it. */
export function placeOf(base: string, reason: Reason): string {
  const { resource, node } = reason.args ?? {};
  if (/fence|fencing/.test(reason.code)) return `${base}/fencing`;
  if (/link/.test(reason.code)) return `${base}/heartbeat`;
  if (resource) return `${base}/resources?resource=${encodeURIComponent(resource)}`;
  if (node) return `${base}/nodes/${encodeURIComponent(node)}`;
  return reason.code === "maintenance" ? `${base}/preferences` : `${base}/nodes`;
}

/** All reasons of the verdict, worst first, each a way to its cause. */
export function Attention({ detail }: { detail: ClusterDetail }) {
  const t = useT();
  const reasons = list(detail.verdict.reasons);
  const base = `/c/${encodeURIComponent(detail.name)}`;
  return (
    <Card title={t("summary.attention")} extra={<span className="t3 xs">{reasons.length}</span>}>
      {reasons.length === 0 ? (
        <p className="pad row t2">
          <Icon name="ok" className="ok" />
          {t("summary.nothing_to_do")}
        </p>
      ) : (
        <ul className="lines">
          {reasons.map((reason, i) => (
            <li key={`${reason.code}/${i}`} className={`v-${levelTone[reason.level]}`}>
              <span className="disc">
                <Icon name={levelIcon[reason.level]} size={14} label={t.words(`level.${reason.level}`)} />
              </span>
              <Link to={placeOf(base, reason)} className="grow">
                {phrase(t.words(`verdict.${reason.code}`, reason.args))}
              </Link>
              <Icon name="right" size={14} className="t3" />
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
