import { Button } from "antd";

import type { Check, PreflightResult } from "../../api/types";
import { Card } from "../../components/Card";
import { FaultBox } from "../../components/FaultView";
import { Icon, type IconName } from "../../components/Icon";
import { Loading } from "../../components/Loading";
import type { Tone } from "../../components/tone";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";

const tones: Record<Check["result"], Tone> = { ok: "ok", warning: "warn", failed: "bad" };
const icons: Record<Check["result"], IconName> = { ok: "ok", warning: "warn", failed: "bad" };
const order: readonly Check["result"][] = ["failed", "warning", "ok"];

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
            <ul className="lines checks">
              {list(h.checks)
                .toSorted((a, b) => order.indexOf(a.result) - order.indexOf(b.result))
                .map((c) => (
                  <li key={c.code} className={`v-${tones[c.result]}`}>
                    <Icon
                      name={icons[c.result]}
                      className={tones[c.result]}
                      label={t(`preflight.result.${c.result}`)}
                    />
                    <div className="grow">
                      <p>
                        <b>{t.words(`check.${c.code}`, c.args)}</b>{" "}
                        <span className="t2">{t.words(`check.${c.code}.${c.result}`, c.args, "")}</span>
                      </p>
                      {c.result !== "ok" && <p className="t2">{t.words(`check.${c.code}.fix`, c.args, "")}</p>}
                    </div>
                  </li>
                ))}
            </ul>
          </Card>
        ))}
      </div>
    </div>
  );
}
