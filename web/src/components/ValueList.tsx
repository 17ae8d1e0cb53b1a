import { Fragment } from "react";

/** Names and their values, as the cluster spells them. */
export function ValueList({ values }: { values: Readonly<Record<string, string>> }) {
  return (
    <dl className="kv">
      {Object.entries(values).map(([name, value]) => (
        <Fragment key={name}>
          <dt className="mono">{name}</dt>
          <dd className="mono">{value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
