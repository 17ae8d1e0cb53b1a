import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";

import { queries, useSession } from "../../api/queries";
import { Card } from "../../components/Card";
import { DemoPanel } from "../../components/DemoPanel";
import { Empty } from "../../components/Empty";
import { servingNode } from "../../components/demo";
import { isSet } from "../../components/Time";
import { Verdict } from "../../components/Verdict";
import { useFormat } from "../../lib/format";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";

/** The demo's client outside the cluster, and what to try. */
export function DemoPage() {
  const t = useT();
  const session = useSession();
  const { data: demo } = useQuery({ ...queries.demo(), enabled: Boolean(session?.demo) });
  const { data: clusters } = useQuery(queries.clusters());
  const cluster = list(clusters?.items)[0]?.name ?? "";
  const { data: detail } = useQuery({ ...queries.cluster(cluster), enabled: cluster !== "" });
  // What is tried should hit the node on which the service runs now.
  const node = (detail && servingNode(detail, demo?.target)?.name) ?? "n1";
  if (!session?.demo) {
    return (
      <div className="page">
        <section className="card">
          <Empty icon="pulse" title={t("demo.none")} text={t("demo.none_text")} />
        </section>
      </div>
    );
  }
  return (
    <div className="page">
      <DemoVerdict />
      <DemoPanel />
      <Card title={t("demo.try")} pad>
        <ol className="enrol">
          {(["standby", "kill", "cut", "power"] as const).map((what) => (
            <li key={what}>
              <h3>{t(`demo.try.${what}`)}</h3>
              <p className="t2">{t(`demo.try.${what}.text`)}</p>
              {what !== "standby" && <code className="code">{t(`demo.try.${what}.command`, { node })}</code>}
            </li>
          ))}
        </ol>
        <p className="demo-watch">
          <Link to={cluster ? `/c/${encodeURIComponent(cluster)}` : "/"}>{t("demo.watch")}</Link>
        </p>
      </Card>
    </div>
  );
}

function DemoVerdict() {
  const t = useT();
  const format = useFormat();
  const { data: demo } = useQuery(queries.demo());
  if (!demo) return null;
  if (!demo.running) return <Verdict tone="off" head={t("demo.paused")} sentence={t("demo.paused_text")} />;
  if (demo.lost > 0)
    return <Verdict tone="bad" head={t("demo.lost_head", { count: demo.lost })} sentence={t("demo.lost_text")} />;
  if (!demo.serving)
    return (
      <Verdict tone="bad" head={t("demo.interrupted")} sentence={t("demo.interrupted_text", { target: demo.target })} />
    );
  return (
    <Verdict
      tone="ok"
      head={t("demo.serving")}
      sentence={t(isSet(demo.verified) ? "demo.serving_text" : "demo.serving_unverified", {
        count: format.number(demo.acknowledged),
      })}
      detail={t("demo.longest_text", { time: format.duration(demo.longestOutageMs) })}
    />
  );
}
