import { useT } from "../lib/i18n";
import { useWidth } from "./useWidth";

const height = 56;

/** The outage of the last minutes, a bar for each second; a quiet line where all was served. */
export function OutageChart({ values }: { values: readonly number[] }) {
  const t = useT();
  const { ref, width } = useWidth();
  const top = Math.max(2000, ...values);
  const step = values.length > 0 ? width / values.length : 0;
  const worst = Math.max(0, ...values);
  return (
    <div ref={ref} className="outage-chart">
      <svg width={width} height={height} role="img" aria-label={t("demo.chart", { seconds: values.length, worst })}>
        <line x1={0} x2={width} y1={height - 1} y2={height - 1} className="axis" />
        {values.map((value, i) => {
          const tall = value > 0 ? Math.max(3, (value / top) * (height - 4)) : 2;
          return (
            <rect
              key={i}
              x={i * step}
              y={height - 1 - tall}
              width={Math.max(1, step - (step > 3 ? 1 : 0))}
              height={tall}
              className={value > 0 ? "down" : "up"}
            />
          );
        })}
      </svg>
      <div className="row xs t3">
        <span>{t("demo.chart_from", { seconds: values.length })}</span>
        <span className="end">{t("demo.chart_now")}</span>
      </div>
    </div>
  );
}
