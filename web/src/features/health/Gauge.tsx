import type { Colour } from "./health";

const centre = { x: 60, y: 58 };
// From lower left over the top to lower right.
const begin = 150;
const sweep = 240;

function at(percent: number, radius: number): string {
  const angle = ((begin + (sweep * Math.min(100, Math.max(0, percent))) / 100) * Math.PI) / 180;
  return `${(centre.x + radius * Math.cos(angle)).toFixed(1)} ${(centre.y + radius * Math.sin(angle)).toFixed(1)}`;
}

function arc(from: number, to: number, radius: number): string {
  const large = ((to - from) / 100) * sweep > 180 ? 1 : 0;
  return `M${at(from, radius)}A${radius} ${radius} 0 ${large} 1 ${at(to, radius)}`;
}

/** A value on a dial, with the ranges of its colours around it. */
export function Gauge({
  percent,
  yellow,
  red,
  word,
  label,
  quiet,
}: {
  /** undefined: not measured. */
  percent: number | undefined;
  yellow: number;
  red: number;
  /** What stands below the number: the colour's name. */
  word: string;
  label: string;
  /** Nothing follows from the value. */
  quiet: boolean;
}) {
  const ranges: [Colour, number, number][] = [
    ["green", 0, yellow],
    ["yellow", yellow, red],
    ["red", red, 100],
  ];
  return (
    <svg
      className={quiet ? "gauge quiet" : "gauge"}
      viewBox="0 0 120 90"
      width={120}
      height={90}
      role="img"
      aria-label={label}
    >
      <path className="track" d={arc(0, 100, 44)} />
      {percent !== undefined && percent > 0 && <path className="value" d={arc(0, percent, 44)} />}
      {ranges.map(
        ([colour, from, to]) =>
          to > from && <path key={colour} className={`range ${colour}`} d={arc(from === 0 ? 0 : from + 0.8, to, 52)} />,
      )}
      <text x={60} y={62} className="figure">
        {percent === undefined ? "–" : Math.round(percent)}
        {percent !== undefined && (
          <tspan className="unit" dx={2}>
            %
          </tspan>
        )}
      </text>
      <text x={60} y={80} className="word">
        {word}
      </text>
    </svg>
  );
}
