import { type ReactNode, useId } from "react";

export interface Figure {
  key: string;
  label: ReactNode;
  value: ReactNode;
  /** After the value, smaller. */
  note?: ReactNode;
  tone?: "ok" | "warn" | "bad";
  wide?: boolean;
}

/** A strip of figures that stand side by side and are never merged. */
export function Figures({ items, label }: { items: readonly Figure[]; label: string }) {
  const id = useId();
  return (
    <dl className="card figures" aria-label={label}>
      {items.map((item) => (
        <div key={item.key} className={item.wide ? "wide" : undefined}>
          <dt id={`${id}${item.key}`}>{item.label}</dt>
          <dd>
            <b className={item.tone}>{item.value}</b>
            {item.note && <span className="note">{item.note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
