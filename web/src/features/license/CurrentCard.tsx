import { Fragment } from "react";

import type { License } from "../../api/types";
import { Card } from "../../components/Card";
import { licenseHead, licenseTone } from "../../components/license";
import { Pill } from "../../components/Pill";
import { Ago } from "../../components/Time";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { useSpan } from "./span";

/** The licence that counts, and how much of it is used. */
export function CurrentCard({ license }: { license: License }) {
  const t = useT();
  const span = useSpan();
  const one = license.inForce;
  const rows: [string, React.ReactNode][] = one
    ? [
        [t("license.kind"), t(`license.kind.${one.kind}`)],
        [t("license.number"), String(one.number)],
        [t("license.customer"), one.customer],
        ...(one.site ? [[t("license.site"), one.site] satisfies [string, string]] : []),
        [t("license.span"), span(one.from, one.until)],
        ...(list(one.features).length > 0
          ? [
              [
                t("license.features"),
                list(one.features)
                  .map((f) => t.words(`license.feature.${f}`, {}, f))
                  .join(t("common.comma")),
              ] satisfies [string, string],
            ]
          : []),
        ...(license.ukey.proved && one.kind === "ukey"
          ? [[t("license.proved"), <Ago key="proved" at={license.ukey.proved} />] satisfies [string, React.ReactNode]]
          : []),
      ]
    : [
        [t("license.kind"), t("license.kind.trial")],
        [t("license.span"), span(license.trial.since.slice(0, 10), license.trial.until.slice(0, 10))],
      ];
  return (
    <Card
      title={t("license.current")}
      extra={
        <Pill tone={licenseTone(license)} {...(licenseTone(license) === "info" ? { icon: "clock" } : {})}>
          {licenseHead(t, license)}
        </Pill>
      }
      pad
    >
      <dl className="kv">
        {rows.map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
      </dl>
      <Used label={t("license.nodes")} used={license.use.nodes} most={one?.nodes ?? 0} />
      <Used label={t("license.clusters")} used={license.use.clusters} most={one?.clusters ?? 0} />
    </Card>
  );
}

function Used({ label, used, most }: { label: string; used: number; most: number }) {
  const t = useT();
  const tone = most > 0 && used >= most ? "warn" : "info";
  return (
    <div className={`license-use v-${tone}`}>
      <div className="row">
        <span className="t2 grow">{label}</span>
        <span className="num">
          <b>{used}</b> / {most > 0 ? most : t("license.unlimited")}
        </span>
      </div>
      {most > 0 && (
        <div className="bar" aria-hidden>
          <i style={{ width: `${Math.min(100, (100 * used) / most)}%` }} />
        </div>
      )}
    </div>
  );
}
