import { Button } from "antd";
import { Link } from "react-router";

import type { Cluster } from "../../api/types";
import { levelIcon, levels, levelTone, verdictPhrase } from "../../components/level";
import { Verdict } from "../../components/Verdict";
import { useFormat } from "../../lib/format";
import { spaced, useT } from "../../lib/i18n";

// More names would not be read in one line.
const mostNames = 4;

/** Is everything all right, over all clusters? The worst level speaks. */
export function OverviewVerdict({ all }: { all: readonly Cluster[] }) {
  const t = useT();
  const format = useFormat();
  const level = levels.find((l) => all.some((c) => c.verdict.level === l)) ?? "unknown";
  const worst = all.filter((c) => c.verdict.level === level);
  const first = worst[0];
  if (level === "protected") {
    return (
      <Verdict tone="ok" head={t("overview.head.protected", { count: all.length })} sentence={t("overview.all_well")} />
    );
  }
  const names = worst.slice(0, mostNames).map((c) => c.label ?? c.name);
  const more = worst.length - names.length;
  return (
    <Verdict
      tone={levelTone[level]}
      icon={levelIcon[level]}
      head={t(`overview.head.${level}`, { count: worst.length })}
      sentence={format.list(names) + (more > 0 ? t("overview.and_more", { count: more }) : "")}
      detail={
        first &&
        `${worst.length > 1 ? `${first.label ?? first.name}${t("common.colon")}` : ""}${verdictPhrase(t, first.verdict)}`
      }
      actions={
        first && (
          <Link to={`/c/${encodeURIComponent(first.name)}`}>
            <Button type="primary">{t("overview.open", { name: spaced(t, first.label ?? first.name) })}</Button>
          </Link>
        )
      }
    />
  );
}
