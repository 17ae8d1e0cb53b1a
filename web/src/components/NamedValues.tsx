import { Fragment, type ReactNode } from "react";

export interface NamedValue {
  name: string;
  value: ReactNode;
}

/** Names with their values, a line each. */
export function NamedValues({ rows, className }: { rows: readonly NamedValue[]; className?: string }) {
  return (
    <dl className={className ? `kv ${className}` : "kv"}>
      {rows.map(({ name, value }) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
