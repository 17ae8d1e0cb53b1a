import { Button } from "antd";

import { useCan } from "../../api/queries";
import type { ClusterDetail, Links } from "../../api/types";
import { Icon } from "../../components/Icon";
import { useAct } from "../../components/Tracker";
import { useFormat } from "../../lib/format";
import { list } from "../../lib/list";
import { gap, useT } from "../../lib/i18n";

/** What is weak about the links, and nodes whose corosync.conf is not that of the others. */
export function LinkNotes({ detail, links }: { detail: ClusterDetail; links: Links }) {
  const t = useT();
  const format = useFormat();
  const can = useCan();
  const act = useAct();
  const odd = list(links.nodes).filter((n) => n.state === "straggler" || n.state === "differs");
  return (
    <>
      {odd.map((n) => (
        <div key={n.node} className="note-box v-warn">
          <Icon name="warn" />
          <div className="grow">
            <p className="b">{t(`link.conf.${n.state === "differs" ? "differs" : "straggler"}`, { node: n.node })}</p>
            <p className="t2">{t("link.conf.version", { version: format.number(n.version) })}</p>
          </div>
          <Button
            disabled={!n.connected || !can("node.sync")}
            onClick={() => void act("node.sync", { path: { cluster: detail.name, node: n.node } })}
          >
            {t("link.conf.sync")}
          </Button>
        </div>
      ))}
      {list(links.checks).map((c, i) => (
        <div key={`${c.code}/${i}`} className={`note-box v-${c.result === "failed" ? "bad" : "warn"}`}>
          <Icon name={c.result === "failed" ? "bad" : "warn"} />
          <div className="grow">
            <p>
              <b>{t.words(`check.${c.code}`, c.args)}</b>
              {gap(t)}
              <span>{t.words(`check.${c.code}.${c.result}`, c.args, "")}</span>
            </p>
            <p className="t2">{t.words(`check.${c.code}.fix`, c.args, "")}</p>
          </div>
        </div>
      ))}
    </>
  );
}
