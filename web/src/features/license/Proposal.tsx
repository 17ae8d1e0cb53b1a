import { Button } from "antd";

import type { LicenseShown } from "../../api/types";
import { FaultBox } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { useT } from "../../lib/i18n";
import { useSpan } from "./span";
import type { Activation } from "./useActivation";

/** What a licence would be, beside the one that counts now; then whether it is to be kept. */
export function Proposal({ activation, onDone }: { activation: Activation; onDone?: () => void }) {
  const t = useT();
  const { fault, proposed, done } = activation;
  return (
    <div aria-live="polite">
      {fault && <FaultBox fault={fault} compact />}
      {done && (
        <p className="note-box v-ok">
          <Icon name="ok" />
          {t(done.inForce ? "license.done_in_force" : "license.done_kept", { number: done.license.number })}
        </p>
      )}
      {proposed && (
        <section className="license-proposal" aria-label={t("license.proposal")}>
          <table>
            <thead>
              <tr>
                <th scope="col">
                  <span className="visually-hidden">{t("license.compared")}</span>
                </th>
                {proposed.before && <th scope="col">{t("license.now")}</th>}
                <th scope="col">{t("license.new")}</th>
              </tr>
            </thead>
            <Rows before={proposed.before} after={proposed.license} />
          </table>
          {!proposed.inForce && <p className="t2 xs">{t("license.would_wait")}</p>}
          <div className="row">
            <Button type="primary" loading={activation.busy} onClick={() => void activation.keep().then(onDone)}>
              {t("license.activate")}
            </Button>
            <Button onClick={activation.reset}>{t("common.cancel")}</Button>
          </div>
        </section>
      )}
    </div>
  );
}

function Rows({ before, after }: { before: LicenseShown | undefined; after: LicenseShown }) {
  const t = useT();
  const span = useSpan();
  const limit = (n: number) => (n > 0 ? String(n) : t("license.unlimited"));
  const rows: [string, (l: LicenseShown) => string][] = [
    [t("license.number"), (l) => String(l.number)],
    [t("license.kind"), (l) => t(`license.kind.${l.kind}`)],
    [t("license.customer"), (l) => [l.customer, l.site].filter(Boolean).join(" · ")],
    [t("license.nodes"), (l) => limit(l.nodes)],
    [t("license.clusters"), (l) => limit(l.clusters)],
    [t("license.span"), (l) => span(l.from, l.until)],
  ];
  return (
    <tbody>
      {rows.map(([name, show]) => (
        <tr key={name}>
          <th scope="row">{name}</th>
          {before && <td className="t3">{show(before)}</td>}
          <td className={before && show(before) !== show(after) ? "b" : ""}>{show(after)}</td>
        </tr>
      ))}
    </tbody>
  );
}
