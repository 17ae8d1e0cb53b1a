import { Button } from "antd";

import type { Check, PreflightResult } from "../../api/types";
import { Card } from "../../components/Card";
import { CheckList } from "../../components/CheckList";
import { FaultBox } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { Loading } from "../../components/Loading";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";

/** What would stand in the way, host by host, each with its fix. */
export function Preflight({
  result,
  busy,
  onCheck,
}: {
  result: PreflightResult | undefined;
  busy: boolean;
  onCheck: () => void;
}) {
  const t = useT();
  if (busy) return <Loading rows={4} />;
  if (!result) return null;
  const all = list(result.hosts).flatMap((h) => list(h.checks));
  const count = (r: Check["result"]) => all.filter((c) => c.result === r).length;
  const broken = list(result.hosts).some((h) => h.fault);
  const tone = !result.ok || broken ? "bad" : count("warning") > 0 ? "warn" : "ok";
  return (
    <div className="col">
      <div className={`note-box v-${tone}`}>
        <Icon name={tone} />
        <span className="grow">
          <b>{t(`preflight.${tone}`)}</b>{" "}
          {t("preflight.counts", { ok: count("ok"), warning: count("warning"), failed: count("failed") })}
        </span>
        <Button size="small" icon={<Icon name="sync" size={14} />} onClick={onCheck}>
          {t("preflight.again")}
        </Button>
      </div>
      <div className="host-checks">
        {list(result.hosts).map((h) => (
          <Card key={h.host} title={h.host}>
            {h.fault && <FaultBox fault={h.fault} compact />}
            <CheckList checks={list(h.checks)} />
          </Card>
        ))}
      </div>
    </div>
  );
}
