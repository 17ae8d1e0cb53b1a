import type { License } from "../../api/types";
import { Card } from "../../components/Card";
import { FaultSentence } from "../../components/FaultView";
import { Pill } from "../../components/Pill";
import { useT } from "../../lib/i18n";
import { list } from "../../lib/list";
import { useSpan } from "./span";

/** All licences that this server was given, newest first, and why those that do not count do not. */
export function KeptCard({ license }: { license: License }) {
  const t = useT();
  const span = useSpan();
  const kept = list(license.kept);
  if (kept.length === 0) return null;
  return (
    <Card title={t("license.kept")}>
      <ul className="lines">
        {kept.map((one) => (
          <li key={one.number}>
            <div className="two grow">
              <span>
                {t(`license.kind.${one.kind}`)} <span className="num t3">{one.number}</span>
              </span>
              <small>{one.fault ? <FaultSentence fault={one.fault} /> : span(one.from, one.until)}</small>
            </div>
            {one.number === license.inForce?.number ? (
              <Pill tone="ok">{t("license.counts")}</Pill>
            ) : (
              <Pill tone="off">{t(one.fault ? "license.counts_not" : "license.spare")}</Pill>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}
