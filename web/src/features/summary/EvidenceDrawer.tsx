import { useQuery } from "@tanstack/react-query";
import { Drawer } from "antd";
import { Link } from "react-router";

import { queries } from "../../api/queries";
import type { ClusterDetail, Evidence } from "../../api/types";
import { Empty } from "../../components/Empty";
import { Icon } from "../../components/Icon";
import { levelIcon, levelTone } from "../../components/level";
import { Query } from "../../components/Query";
import { Ago, isSet } from "../../components/Time";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";

/** What the verdict stands on: each piece with what it says, when and by whom it was seen, and what to do about it. */
export function EvidenceDrawer({ detail, onClose }: { detail: ClusterDetail; onClose: () => void }) {
  const t = useT();
  const query = useQuery(queries.evidence(detail.name));
  return (
    <Drawer open onClose={onClose} size={560} title={t("evidence.title")}>
      <Query query={query} rows={6}>
        {(page) => {
          const all = list(page.evidence);
          if (all.length === 0)
            return <Empty icon="unknown" title={t("evidence.none")} text={t("evidence.none_text")} />;
          const good = all.filter((e) => e.level === "protected");
          const other = all.filter((e) => e.level !== "protected");
          return (
            <div className="col gap-l">
              {other.length > 0 && (
                <section>
                  <h3>{t("evidence.against", { count: other.length })}</h3>
                  <Lines detail={detail} items={other} />
                </section>
              )}
              {good.length > 0 && (
                <section>
                  <h3>{t("evidence.for", { count: good.length })}</h3>
                  <Lines detail={detail} items={good} />
                </section>
              )}
            </div>
          );
        }}
      </Query>
    </Drawer>
  );
}

function Lines({ detail, items }: { detail: ClusterDetail; items: readonly Evidence[] }) {
  const t = useT();
  const base = `/c/${encodeURIComponent(detail.name)}`;
  return (
    <ul className="lines evidence">
      {items.map((e, i) => (
        <li key={`${e.code}/${e.object ?? ""}/${i}`} className={`v-${levelTone[e.level]}`}>
          <span className="disc">
            <Icon name={levelIcon[e.level]} size={14} label={t.words(`level.${e.level}`)} />
          </span>
          <div className="grow">
            <p className="b">{t.words(`evidence.${e.code}`, e.args)}</p>
            {e.level !== "protected" && t.words(`evidence.${e.code}.do`, e.args, "") !== "" && (
              <p>
                <Link to={placeOfEvidence(base, e)}>{t.words(`evidence.${e.code}.do`, e.args)}</Link>
              </p>
            )}
            <p className="t3 xs">
              {t(`evidence.source.${e.source}`)}
              {isSet(e.at) && (
                <>
                  {" · "}
                  <Ago at={e.at} />
                </>
              )}
            </p>
          </div>
        </li>
      ))}
    </ul>
  );
}

/** The page on which something can be done about it. */
function placeOfEvidence(base: string, e: Evidence): string {
  if (e.code.startsWith("stop_") && e.object) return `${base}/resources?resource=${encodeURIComponent(e.object)}`;
  if (/link|quorum/.test(e.code)) return `${base}/heartbeat`;
  if (/report/.test(e.code)) return `${base}/nodes`;
  return `${base}/fencing`;
}
