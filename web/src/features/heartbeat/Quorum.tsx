import type { State } from "../../api/types";
import { Card } from "../../components/Card";
import { Icon } from "../../components/Icon";
import { Pill } from "../../components/Pill";
import { list } from "../../lib/list";
import { gap, useT } from "../../lib/i18n";

/** Votes that are there, needed, and may still be lost. */
export function Quorum({ state }: { state: State }) {
  const t = useT();
  const spare = state.votes - state.quorumVotes;
  return (
    <Card
      title={t("quorum.title")}
      extra={<Pill tone={state.quorate ? "ok" : "bad"}>{t(state.quorate ? "quorum.yes" : "quorum.no")}</Pill>}
      pad
    >
      <div className="col">
        <p>
          {t("quorum.sentence", { votes: state.votes, expected: state.expectedVotes, needed: state.quorumVotes })}
          {gap(t)}
          {state.quorate ? t("quorum.spare", { count: Math.max(0, spare) }) : t("quorum.stopped")}
        </p>
        <ul className="votes">
          {list(state.nodes)
            .filter((n) => !n.kind || n.kind === "member")
            .map((n) => (
              <li key={n.name} className={n.online ? "v-ok" : "v-off"}>
                <span className="row">
                  <Icon name={n.online ? "ok" : "off"} size={14} />
                  <b>{t("quorum.votes", { count: n.online ? 1 : 0 })}</b>
                </span>
                <span className="t2">{n.name}</span>
              </li>
            ))}
        </ul>
      </div>
    </Card>
  );
}
