import { Button } from "antd";
import { Link } from "react-router";

import type { Cluster } from "../../api/types";
import { ActsMenu } from "../../components/ActsMenu";
import { Icon } from "../../components/Icon";
import { levelTone, verdictPhrase } from "../../components/level";
import { LevelPill } from "../../components/LevelPill";
import { NodeBlocks } from "../../components/NodeBlocks";
import { useClusterActions } from "../../components/useClusterActions";
import { useT } from "../../lib/i18n";

export function ClusterCards({ clusters }: { clusters: readonly Cluster[] }) {
  const t = useT();
  const actions = useClusterActions();
  return (
    <ul className="cluster-cards">
      {clusters.map((c) => (
        <li key={c.name} className={`card v-${levelTone[c.verdict.level]}`}>
          <header>
            <div className="two grow">
              <Link to={`/c/${encodeURIComponent(c.name)}`} className="b">
                {c.label ?? c.name}
              </Link>
              <small>{c.name}</small>
            </div>
            <LevelPill level={c.verdict.level} />
            <ActsMenu menu={actions.menu(c)}>
              <Button
                type="text"
                size="small"
                icon={<Icon name="more" />}
                aria-label={t("cluster.actions_of", { name: c.name })}
              />
            </ActsMenu>
          </header>
          <div className="pad col">
            <p className="t2 sentence">{verdictPhrase(t, c.verdict)}</p>
            <div className="row">
              <NodeBlocks online={c.online} total={c.nodes?.length ?? 0} running={c.running} stale={c.stale} />
              <span className="end t2">
                {t("overview.column.resources")} {c.started}/{c.desired}
              </span>
            </div>
          </div>
        </li>
      ))}
    </ul>
  );
}
