import type { Finding } from "../../api/types";
import { Pill } from "../../components/Pill";
import type { Tone } from "../../components/tone";
import { useT } from "../../lib/i18n";

const severities = ["critical", "warning", "info"] as const;
const tones: Record<Finding["severity"], Tone> = { critical: "bad", warning: "warn", info: "off" };

/** What is unsafe about volumes: the reason, and what mends it. */
export function Findings({ findings }: { findings: readonly Finding[] }) {
  const t = useT();
  const worst = findings.toSorted((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
  return (
    <ul className="lines volume-findings">
      {worst.map((f) => (
        <li key={`${f.code}/${JSON.stringify(f.args)}`}>
          <Pill tone={tones[f.severity]} icon={f.severity === "info" ? "info" : tones[f.severity]}>
            {t(`checks.severity.${f.severity}`)}
          </Pill>
          <div className="grow">
            <p>{t.words(`finding.${f.code}`, f.args)}</p>
            <p className="t2">{t.words(`finding.${f.code}.do`, f.args, "")}</p>
          </div>
        </li>
      ))}
    </ul>
  );
}
