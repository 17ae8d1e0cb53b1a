import { useQuery } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { useState } from "react";

import { call } from "../../api/client";
import { queries, useCan } from "../../api/queries";
import type { Answer, Fault } from "../../api/types";
import { Card } from "../../components/Card";
import { Differences } from "../../components/Differences";
import { FaultBox } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { Query } from "../../components/Query";
import { useAct } from "../../components/Tracker";
import { useSaving } from "../../components/useSaving";
import { useT } from "../../lib/i18n";
import { list } from "../../lib/list";

/** The whole configuration as a file: to keep, to change, and to apply; what would change is shown before. */
export function AsFile({ cluster, onClose }: { cluster: string; onClose: () => void }) {
  const t = useT();
  // The text is what it was opened with, however the cluster changes meanwhile; the server compares the versions.
  const query = useQuery({ ...queries.asFile(cluster), staleTime: Infinity, refetchOnMount: "always" });
  return (
    <Card title={t("file.title")} note={t("file.note")} onClose={onClose} pad>
      <Query query={query}>
        {({ yaml }) => (query.isFetchedAfterMount ? <Editor cluster={cluster} yaml={yaml} onDone={onClose} /> : null)}
      </Query>
    </Card>
  );
}

function Editor({ cluster, yaml, onDone }: { cluster: string; yaml: string; onDone: () => void }) {
  const t = useT();
  const can = useCan();
  const act = useAct();
  const [text, setText] = useState(yaml);
  // A plan holds for the text that it was made of.
  const [plan, setPlan] = useState<{ text: string; says: Answer<"config.plan"> }>();
  const [refused, setRefused] = useState<Fault>();
  const { busy, fault, save } = useSaving(onDone);
  const current = plan?.text === text ? plan.says : undefined;
  const look = async () => {
    const result = await call("config.plan", { path: { cluster }, body: { yaml: text } });
    setRefused(result.ok ? undefined : result.fault);
    setPlan(result.ok ? { text, says: result.data } : undefined);
  };
  const apply = () =>
    act("config.apply", { path: { cluster }, body: { yaml: text, ...(current ? { version: current.version } : {}) } });
  const shown = fault ?? refused;
  const href = `data:application/yaml;charset=utf-8,${encodeURIComponent(text)}`;
  return (
    <div className="col">
      <Input.TextArea
        className="mono"
        aria-label={t("file.title")}
        autoSize={{ minRows: 8, maxRows: 24 }}
        spellCheck={false}
        value={text}
        onChange={(ev) => setText(ev.target.value)}
      />
      <p className="t3 xs">{t("file.secrets")}</p>
      {current &&
        (list(current.differences).length === 0 ? (
          <p className="note-box v-ok" role="status">
            <Icon name="ok" />
            {t("file.same")}
          </p>
        ) : (
          <section aria-label={t("whatif.differences")} aria-live="polite">
            <Differences differences={list(current.differences)} />
          </section>
        ))}
      {shown && <FaultBox fault={shown} />}
      <div className="row">
        <Button href={href} download={`${cluster}.yaml`} icon={<Icon name="down" size={14} />}>
          {t("file.download")}
        </Button>
        <span className="grow" />
        {can("config.apply") && (
          <>
            <Button disabled={text === yaml || current !== undefined} onClick={() => void look()}>
              {t("file.plan")}
            </Button>
            <Button
              type="primary"
              loading={busy}
              disabled={list(current?.differences).length === 0}
              onClick={() => void save(apply)}
            >
              {t("file.apply")}
            </Button>
          </>
        )}
      </div>
    </div>
  );
}
