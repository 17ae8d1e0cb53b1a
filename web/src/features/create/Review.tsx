import { Icon } from "../../components/Icon";
import { useFormat } from "../../lib/format";
import { useT } from "../../lib/i18n";
import type { Draft } from "./draft";

export function Review({ draft }: { draft: Draft }) {
  const t = useT();
  const format = useFormat();
  return (
    <div className="col">
      <div className="note-box v-info">
        <Icon name="info" />
        <div className="grow">
          <p className="b">{t("create.consequence", { nodes: format.list(draft.hosts) })}</p>
          <p className="t2">{t("create.consequence_text")}</p>
        </div>
      </div>
      <dl className="kv left">
        <dt>{t("create.name")}</dt>
        <dd className="b">{draft.name}</dd>
        <dt>{t("create.step.hosts")}</dt>
        <dd>{format.list(draft.hosts)}</dd>
        {draft.links.map((link, i) => (
          <div key={i} style={{ display: "contents" }}>
            <dt>{t("heartbeat.link", { link: i })}</dt>
            <dd className="mono">{draft.hosts.map((h) => link[h]).join(" · ")}</dd>
          </div>
        ))}
        <dt>{t("create.timing")}</dt>
        <dd>
          {t(`timing.${draft.profile}`)} <span className="t3">{t(`timing.${draft.profile}.text`)}</span>
        </dd>
        <dt>{t("create.autostart")}</dt>
        <dd>{t(draft.autostart ? "common.yes" : "common.no")}</dd>
      </dl>
    </div>
  );
}
