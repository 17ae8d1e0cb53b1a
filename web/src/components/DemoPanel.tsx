import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button } from "antd";
import { useEffect, useState } from "react";

import { call } from "../api/client";
import { keys, queries, useCan } from "../api/queries";
import type { Demo } from "../api/types";
import { useFormat } from "../lib/format";
import { list } from "../lib/list";
import { useT } from "../lib/i18n";
import { Card } from "./Card";
import { useFaultText } from "./FaultView";
import { Icon } from "./Icon";
import { OutageChart } from "./OutageChart";
import { Pill } from "./Pill";
import { Query } from "./Query";
import { Ago, isSet } from "./Time";

// The client outside the cluster is asked this often, whether or not the stream says anything.
const everyMS = 1000;

/** What a client outside the cluster sees: is it served, how long was it not, was anything lost? */
export function DemoPanel() {
  const t = useT();
  const can = useCan();
  const cache = useQueryClient();
  const { message } = App.useApp();
  const text = useFaultText();
  const query = useQuery({ ...queries.demo(), refetchInterval: everyMS });
  const act = async (route: "demo.reset" | "demo.verify") => {
    const result = await call(route);
    if (result.ok) void message.success(t(`${route}.done`));
    else void message.error(text(result.fault).sentence);
    await cache.invalidateQueries({ queryKey: keys.demo() });
  };
  return (
    <Card
      title={t("demo.title")}
      note={query.data && t("demo.note", { target: query.data.target })}
      extra={
        <>
          <Button
            size="small"
            icon={<Icon name="check" size={14} />}
            disabled={!can("demo.verify")}
            onClick={() => void act("demo.verify")}
          >
            {t("demo.verify")}
          </Button>
          <Button
            size="small"
            icon={<Icon name="restart" size={14} />}
            disabled={!can("demo.reset")}
            onClick={() => void act("demo.reset")}
          >
            {t("demo.reset")}
          </Button>
        </>
      }
    >
      <Query query={query} rows={2}>
        {(demo) => <Ready demo={demo} />}
      </Query>
    </Card>
  );
}

function Ready({ demo }: { demo: Demo }) {
  const t = useT();
  const format = useFormat();
  const outage = useOutage(demo);
  const down = demo.running && !demo.serving;
  return (
    <>
      <dl className="figures plain" aria-label={t("demo.figures")}>
        <div>
          <dt>{t("demo.now")}</dt>
          <dd>
            <Pill tone={demo.running ? (down ? "bad" : "ok") : "off"}>
              {t(demo.running ? (down ? "demo.interrupted" : "demo.serving") : "demo.paused")}
            </Pill>
          </dd>
        </div>
        <div>
          <dt>{t("demo.current")}</dt>
          <dd>
            <b className={down ? "bad" : undefined}>{format.duration(outage)}</b>
          </dd>
        </div>
        <div>
          <dt>{t("demo.longest")}</dt>
          <dd>
            <b>{format.duration(demo.longestOutageMs)}</b>{" "}
            {isSet(demo.longestAt) && demo.longestOutageMs > 0 && (
              <span className="note">
                <Ago at={demo.longestAt} />
              </span>
            )}
          </dd>
        </div>
        <div>
          <dt>{t("demo.acknowledged")}</dt>
          <dd>
            <b>{format.number(demo.acknowledged)}</b>{" "}
            <span className="note">{t("demo.attempts", { count: format.number(demo.attempts) })}</span>
          </dd>
        </div>
        <div>
          <dt>{t("demo.lost")}</dt>
          <dd>
            <b className={demo.lost > 0 ? "bad" : "ok"}>{format.number(demo.lost)}</b>{" "}
            <span className="note">{isSet(demo.verified) ? <Ago at={demo.verified} /> : t("demo.unverified")}</span>
          </dd>
        </div>
      </dl>
      <div className="pad">
        <OutageChart values={list(demo.recent)} />
        {down && demo.lastError && <p className="t3 xs mono wrap">{demo.lastError}</p>}
      </div>
    </>
  );
}

/** The current outage, counted on between two answers of the server. */
function useOutage(demo: Demo): number {
  const down = demo.running && !demo.serving;
  const known = demo.currentOutageMs;
  const [shown, setShown] = useState(0);
  useEffect(() => {
    if (!down) return undefined;
    const from = Date.now() - known;
    const timer = setInterval(() => setShown(Date.now() - from), 100);
    return () => clearInterval(timer);
  }, [down, known]);
  return down ? Math.max(known, shown) : known;
}
