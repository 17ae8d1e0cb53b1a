import { Fragment } from "react";

import type { Host } from "../api/types";
import { useFormat } from "../lib/format";
import { list } from "../lib/list";
import { useT } from "../lib/i18n";

/** What a host says of itself. */
export function Facts({ facts }: { facts: Host["facts"] }) {
  const t = useT();
  const format = useFormat();
  const rows: [string, string][] = [
    [t("facts.os"), facts.os],
    [t("facts.kernel"), `${facts.kernel} · ${facts.architecture}`],
    [t("facts.cpus"), String(facts.cpus)],
    [t("facts.memory"), format.bytes(facts.memoryBytes)],
    [
      t("facts.disk"),
      t("facts.disk_of", { free: format.bytes(facts.diskFreeBytes), size: format.bytes(facts.diskBytes) }),
    ],
    ["Pacemaker", facts.pacemaker ?? t("facts.not_installed")],
    ["Corosync", facts.corosync ?? t("facts.not_installed")],
    ...list(facts.interfaces)
      .filter((i) => i.name !== "lo")
      .map((i): [string, string] => [
        i.name,
        `${list(i.addresses).join(", ") || "–"}${i.up ? "" : ` (${t("facts.down")})`}`,
      ]),
    ...list(facts.blockDevices).map((d): [string, string] => [
      d.path,
      [format.bytes(d.sizeBytes), d.fileSystem].filter(Boolean).join(" · "),
    ]),
  ];
  return (
    <dl className="kv">
      {rows.map(([name, value]) => (
        <Fragment key={name}>
          <dt className="wrap">{name}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
