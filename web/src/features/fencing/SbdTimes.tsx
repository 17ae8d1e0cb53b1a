import type { SbdTimes as Times } from "../../api/types";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";

/** The times that follow from one another, each with its rule. */
export function SbdTimes({ times }: { times: Times }) {
  const t = useT();
  return (
    <table className="derived">
      <thead>
        <tr>
          <th scope="col">{t("sbd.times.name")}</th>
          <th scope="col" className="num">
            {t("sbd.times.value")}
          </th>
          <th scope="col">{t("sbd.times.rule")}</th>
        </tr>
      </thead>
      <tbody>
        {list(times.derivation).map((d) => (
          <tr key={d.name}>
            <th scope="row">
              {t.words(`sbd.time.${d.name}`, {}, d.name)}
              <small className="mono t3">{d.name}</small>
            </th>
            <td className="num b">{d.value} s</td>
            <td className="t2">{t.words(`sbd.rule.${d.rule}`, d.args)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
