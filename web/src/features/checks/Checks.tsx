import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { Link, useParams } from "react-router";

import { queries, useCan } from "../../api/queries";
import type { Finding } from "../../api/types";
import { Card } from "../../components/Card";
import { useConfirm } from "../../components/Confirm";
import { Icon } from "../../components/Icon";
import { Pill } from "../../components/Pill";
import { Query } from "../../components/Query";
import type { Tone } from "../../components/tone";
import { useAct } from "../../components/Tracker";
import { Verdict } from "../../components/Verdict";
import { useFormat } from "../../lib/format";
import { gap, useT } from "../../lib/i18n";
import { list } from "../../lib/list";
import { whereToMend } from "./where";
import "./checks.css";

const severities = ["critical", "warning", "info"] as const;
type Severity = (typeof severities)[number];
const tones: Record<Severity, Tone> = { critical: "bad", warning: "warn", info: "off" };

/** What is unsafe in a cluster, whoever built it: the reason, what to do, and one click where that can be done safely. */
export function Checks() {
  const t = useT();
  const { cluster = "" } = useParams();
  const query = useQuery(queries.checks(cluster));
  return (
    <div className="page">
      <Query query={query}>
        {(data) => {
          const all = list(data.items);
          return (
            <>
              <ChecksVerdict findings={all} />
              {severities.map((severity) => {
                const those = all.filter((f) => f.severity === severity);
                return (
                  those.length > 0 && (
                    <Card
                      key={severity}
                      title={
                        <span className={`row v-${tones[severity]}`}>
                          {t(`checks.${severity}`)} <span className="t3">{those.length}</span>
                        </span>
                      }
                      note={t(`checks.${severity}.note`)}
                    >
                      <ul className="lines findings">
                        {those.map((f) => (
                          <FindingLine key={`${f.code}/${f.object ?? ""}`} cluster={cluster} finding={f} />
                        ))}
                      </ul>
                    </Card>
                  )
                );
              })}
            </>
          );
        }}
      </Query>
    </div>
  );
}

function ChecksVerdict({ findings }: { findings: readonly Finding[] }) {
  const t = useT();
  const format = useFormat();
  const worst = severities.find((s) => findings.some((f) => f.severity === s));
  if (!worst) return <Verdict tone="ok" head={t("checks.head.none")} sentence={t("checks.none_text")} />;
  const count = (s: Severity) => findings.filter((f) => f.severity === s).length;
  const others = severities
    .filter((s) => s !== worst && count(s) > 0)
    .map((s) => t(`checks.count.${s}`, { count: count(s) }));
  const fixable = findings.filter((f) => list(f.fix).length > 0).length;
  const rest = findings.length - fixable;
  return (
    <Verdict
      tone={worst === "critical" ? "bad" : worst === "warning" ? "warn" : "ok"}
      head={t(`checks.head.${worst}`, { count: count(worst) })}
      sentence={others.length > 0 && t("checks.others", { others: format.list(others) })}
      detail={
        fixable === 0
          ? t("checks.fixable_none")
          : rest === 0
            ? t("checks.fixable_all")
            : t("checks.fixable", { count: fixable, rest })
      }
    />
  );
}

function FindingLine({ cluster, finding: f }: { cluster: string; finding: Finding }) {
  const t = useT();
  const can = useCan();
  const ask = useConfirm();
  const act = useAct();
  const what = t.words(`finding.${f.code}`, f.args);
  const todo = t.words(`finding.${f.code}.do`, f.args);
  const edits = list(f.fix);
  const where = whereToMend(f);
  const allowed = can("check.fix");
  const fix = () =>
    ask({
      title: t("checks.fix_title"),
      consequence: (
        <div className="col tight">
          <p className="b">{todo}</p>
          <p className="t2">{what}</p>
          <p className="t2">{t("checks.fix_undo")}</p>
        </div>
      ),
      act: t("checks.fix"),
      forecast: { cluster, scenario: { edits: [...edits] } },
      run: () =>
        act("check.fix", { path: { cluster }, body: { code: f.code, ...(f.object ? { object: f.object } : {}) } }),
    });
  return (
    <li>
      <Pill tone={tones[f.severity]} icon={f.severity === "info" ? "info" : tones[f.severity]}>
        {t(`checks.severity.${f.severity}`)}
      </Pill>
      <div className="grow">
        <p className="b">{what}</p>
        <p className="t2">
          {todo}
          {where && (
            <>
              {gap(t)}{" "}
              <Link to={`/c/${encodeURIComponent(cluster)}/${where.to}`}>
                {t(where.text, { object: where.object })}
              </Link>
            </>
          )}
        </p>
      </div>
      {f.object && <span className="mono t3 object">{f.object}</span>}
      {edits.length > 0 ? (
        <Button
          size="small"
          icon={<Icon name="wrench" size={14} />}
          disabled={!allowed}
          title={allowed ? undefined : t("checks.no_permission")}
          aria-label={t("checks.fix_of", { what })}
          onClick={fix}
        >
          {t("checks.fix")}
        </Button>
      ) : (
        <span className="t3 xs by-hand">{t("checks.by_hand")}</span>
      )}
    </li>
  );
}
