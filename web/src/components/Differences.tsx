import type { Difference } from "../api/types";
import { Icon, type IconName } from "./Icon";
import { useT } from "../lib/i18n";

const icons: Record<Difference["change"], IconName> = { added: "plus", removed: "trash", changed: "edit" };

/** What differs; with back, as it would become again. */
export function Differences({ differences, back }: { differences: readonly Difference[]; back?: boolean }) {
  const t = useT();
  return (
    <ul className="differences">
      {differences.map((d, i) => {
        const [from, to] = back ? [d.after, d.before] : [d.before, d.after];
        const change = back && d.change !== "changed" ? (d.change === "added" ? "removed" : "added") : d.change;
        return (
          <li key={`${d.object}/${d.id}/${d.field ?? ""}/${i}`}>
            <span className="row what">
              <Icon
                name={icons[change]}
                size={14}
                className={change === "added" ? "ok" : change === "removed" ? "bad" : "info"}
                label={t(`change.${change}`)}
              />
              <span className="t2">{t.words(`object.${d.object}`, {}, d.object)}</span>
              <b>{d.id}</b>
              {d.field && <span className="mono">{d.field}</span>}
            </span>
            <span className="values mono">
              {from && <del>{from}</del>}
              {from && to && <Icon name="arrow" size={12} className="t3" />}
              {to && <ins>{to}</ins>}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
