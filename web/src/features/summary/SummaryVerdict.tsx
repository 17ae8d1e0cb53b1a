import { Button } from "antd";
import { useState } from "react";
import { Link } from "react-router";

import { useCan } from "../../api/queries";
import type { ClusterDetail } from "../../api/types";
import { ActsMenu } from "../../components/ActsMenu";
import { Icon } from "../../components/Icon";
import { levelIcon, levelTone, verdictSentence } from "../../components/level";
import { Ago, isSet } from "../../components/Time";
import { useClusterActions } from "../../components/useClusterActions";
import { Verdict } from "../../components/Verdict";
import { list } from "../../lib/list";
import { gap, useT } from "../../lib/i18n";
import { EvidenceDrawer } from "./EvidenceDrawer";

export function SummaryVerdict({ detail }: { detail: ClusterDetail }) {
  const t = useT();
  const can = useCan();
  const actions = useClusterActions();
  const [asked, setAsked] = useState(false);
  const { verdict } = detail;
  const more = list(verdict.reasons).length - 1;
  const base = `/c/${encodeURIComponent(detail.name)}`;
  return (
    <>
      <Verdict
        tone={levelTone[verdict.level]}
        icon={levelIcon[verdict.level]}
        head={`${t.words(`level.${verdict.level}`)}${t("common.colon")}`}
        sentence={verdictSentence(t, verdict)}
        detail={
          <>
            {detail.stale && isSet(detail.seen) && (
              <span className="warn b">
                {t("cluster.stale_since")} <Ago at={detail.seen} />
                {t("common.stop")}
                {gap(t)}
              </span>
            )}
            {t("summary.served", { started: detail.started, desired: detail.desired })}
            {more > 0 && t("summary.more_reasons", { count: more })}
            {verdict.reasons?.length ? t("summary.survives", { count: verdict.survives }) : ""}
          </>
        }
        actions={
          <>
            {can("evidence.show") && (
              <Button icon={<Icon name="help" />} onClick={() => setAsked(true)}>
                {t("evidence.why")}
              </Button>
            )}
            {can("resource.create") && (
              <Link to={`${base}/protect`}>
                <Button type={detail.resources === 0 ? "primary" : "default"} icon={<Icon name="shield" />}>
                  {t("protect.title")}
                </Button>
              </Link>
            )}
            <ActsMenu menu={actions.menu(detail)}>
              <Button>
                <span className="row">
                  {t("cluster.actions")} <Icon name="down" size={14} />
                </span>
              </Button>
            </ActsMenu>
          </>
        }
      />
      {asked && <EvidenceDrawer detail={detail} onClose={() => setAsked(false)} />}
    </>
  );
}
