import type { HealthSample } from "../../api/types";

const width = 120;
const height = 28;
const hourMS = 3_600_000;
// An agent samples far more often: a longer gap is one in which nobody measured.
const gapMS = 60_000;

// Less of it, on an axis of an hour, is a dot.
const leastMS = 120_000;

/** Whether enough of a measure was kept to draw it. */
export function isHistory(samples: readonly HealthSample[], measure: string): boolean {
  const those = samples.filter((s) => s.values[measure] !== undefined);
  const [first, last] = [those[0], those.at(-1)];
  return first !== undefined && last !== undefined && Date.parse(last.at) - Date.parse(first.at) >= leastMS;
}

/** The last hour of one measure, with its thresholds; where nobody measured, the line is broken. */
export function Sparkline({
  samples,
  measure,
  yellow,
  red,
  label,
}: {
  samples: readonly HealthSample[];
  measure: string;
  yellow: number;
  red: number;
  label: string;
}) {
  const points = samples.flatMap((s) => {
    const value = s.values[measure];
    return value === undefined ? [] : [{ at: Date.parse(s.at), value }];
  });
  const end = points.at(-1)?.at ?? 0;
  const x = (time: number) => (width * (1 - (end - time) / hourMS)).toFixed(1);
  const y = (value: number) => (height - 1 - ((height - 2) * Math.min(100, value)) / 100).toFixed(1);
  const line = points
    .filter((p) => end - p.at <= hourMS)
    .map((p, i, all) => {
      const before = all[i - 1];
      return `${before && p.at - before.at <= gapMS ? "L" : "M"}${x(p.at)} ${y(p.value)}`;
    })
    .join("");
  return (
    <svg
      className="sparkline"
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      role="img"
      aria-label={label}
    >
      <line className="axis" x1={0} x2={width} y1={height - 0.5} y2={height - 0.5} />
      <line className="limit yellow" x1={0} x2={width} y1={y(yellow)} y2={y(yellow)} />
      <line className="limit red" x1={0} x2={width} y1={y(red)} y2={y(red)} />
      {points.length > 1 && <path className="line" d={line} />}
    </svg>
  );
}
