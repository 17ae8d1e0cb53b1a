import type { Check } from "../api/types";
import { useT } from "../lib/i18n";
import { Icon, type IconName } from "./Icon";
import type { Tone } from "./tone";

const tones: Record<Check["result"], Tone> = { ok: "ok", warning: "warn", failed: "bad" };
const icons: Record<Check["result"], IconName> = { ok: "ok", warning: "warn", failed: "bad" };
const order: readonly Check["result"][] = ["failed", "warning", "ok"];

/** What was checked, worst first, each with what mends it. */
export function CheckList({ checks }: { checks: readonly Check[] }) {
  const t = useT();
  return (
    <ul className="lines checks">
      {checks
        .toSorted((a, b) => order.indexOf(a.result) - order.indexOf(b.result))
        .map((c) => (
          <li key={c.code} className={`v-${tones[c.result]}`}>
            <Icon name={icons[c.result]} className={tones[c.result]} label={t(`preflight.result.${c.result}`)} />
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
  );
}
