import type { ReactNode } from "react";

import { useT } from "../lib/i18n";
import "./days.css";

/** Lines under the day on which they happened. */
export function Days<T extends { id: string | number; at: string }>({
  items,
  line,
}: {
  items: readonly T[];
  line: (item: T) => ReactNode;
}) {
  const t = useT();
  const day = new Intl.DateTimeFormat(t.language === "zh" ? "zh-CN" : "en-GB", { dateStyle: "full" });
  const days = new Map<string, T[]>();
  for (const item of items) {
    const name = new Date(item.at).toDateString();
    days.set(name, [...(days.get(name) ?? []), item]);
  }
  return (
    <div className="days">
      {[...days.values()].map((lines) => (
        <section key={lines[0]?.id}>
          <h3 className="t2">{lines[0] && day.format(new Date(lines[0].at))}</h3>
          <ol className="timeline">{lines.map(line)}</ol>
        </section>
      ))}
    </div>
  );
}
