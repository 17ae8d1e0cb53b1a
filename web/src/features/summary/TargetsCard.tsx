import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";

import { queries } from "../../api/queries";
import { Card } from "../../components/Card";
import { TargetPill } from "../../components/TargetPill";
import { goalWord, promised, standsText, targetText } from "../../components/targets";
import { useFormat } from "../../lib/format";
import { useT } from "../../lib/i18n";
import { list } from "../../lib/list";

// As many as fit beside everything else; the page has them all.
const most = 4;

/** What was promised for services and whether it is kept, worst first. */
export function TargetsCard({ cluster }: { cluster: string }) {
  const t = useT();
  const format = useFormat();
  const { data } = useQuery(queries.targets(cluster));
  const goals = promised(data?.items);
  const base = `/c/${encodeURIComponent(cluster)}/targets`;
  const count = (answer: string) => goals.filter((g) => g.answer === answer).length;
  // Without services there is nothing to promise, and a server that does not answer is told of elsewhere.
  if (!list(data?.items).some((s) => !s.gone)) return null;
  return (
    <Card
      title={t("summary.targets")}
      label={t("summary.targets")}
      note={
        goals.length > 0 &&
        t("summary.targets_note", { met: count("met"), missed: count("missed"), unknown: count("unknown") })
      }
      extra={<Link to={base}>{t(goals.length > 0 ? "summary.targets_all" : "summary.targets_set")}</Link>}
    >
      {goals.length === 0 ? (
        <p className="pad t2">{t("summary.targets_none")}</p>
      ) : (
        <ul className="lines targets">
          {goals.slice(0, most).map((g) => (
            <li key={`${g.service}/${g.name}`}>
              {g.answer && <TargetPill answer={g.answer} />}
              <Link to={`${base}/${encodeURIComponent(g.service)}`} className="grow ell">
                <b>{g.service}</b> {t.words(`target.${goalWord[g.name]}`)}
              </Link>
              <span className="t2 nowrap">
                {t("targets.against", { stands: standsText(t, format, g), target: targetText(t, format, g) })}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
