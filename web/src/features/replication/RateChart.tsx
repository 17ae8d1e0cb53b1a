import { useFormat } from "../../lib/format";
import { useT } from "../../lib/i18n";
import { useWidth } from "../../components/useWidth";
import type { Sample } from "./curves";

const height = 112;
const left = 72;
const foot = 18;
const head = 10;

/** The least round number of bytes that holds all rates: 1, 2, 2.5 or 5 times a power of ten MiB. */
function roof(most: number): number {
  const mib = 1 << 20;
  const power = 10 ** Math.floor(Math.log10(Math.max(1, most / mib)));
  return ([1, 2, 2.5, 5, 10].find((n) => n * power * mib >= most) ?? 10) * power * mib;
}

/** How fast a resync goes, as the news have told it since the page was opened. */
export function RateChart({ samples, limit }: { samples: readonly Sample[]; limit: number }) {
  const t = useT();
  const format = useFormat();
  const { ref, width } = useWidth(480);
  const first = samples[0];
  const last = samples.at(-1);
  if (!first || !last || samples.length < 2) return <p className="t3 xs">{t("replication.curve_soon")}</p>;
  const top = roof(Math.max(limit, ...samples.map((s) => s.rate)));
  const span = Math.max(1, last.at - first.at);
  const x = (at: number) => left + ((width - left - 1) * (at - first.at)) / span;
  const y = (rate: number) => head + (height - head - foot) * (1 - Math.min(rate, top) / top);
  const line = samples.map((s, i) => `${i === 0 ? "M" : "L"}${x(s.at).toFixed(1)} ${y(s.rate).toFixed(1)}`).join("");
  const floor = y(0);
  return (
    <figure className="rate-chart" ref={ref}>
      <figcaption className="row xs t2">
        <span className="grow">{t("replication.rate")}</span>
        <span>
          {limit > 0 ? t("replication.limit_of", { rate: format.bytes(limit) }) : t("replication.limit_auto")}
        </span>
      </figcaption>
      <svg
        width={width}
        height={height}
        role="img"
        aria-label={t("replication.curve", { rate: format.bytes(last.rate), top: format.bytes(top) })}
      >
        {[top, top / 2, 0].map((rate) => (
          <g key={rate}>
            <line className="axis" x1={left} x2={width} y1={y(rate)} y2={y(rate)} />
            <text x={left - 8} y={y(rate) + 4} className="scale">
              {rate === 0 ? "0" : format.bytes(rate)}
            </text>
          </g>
        ))}
        {limit > 0 && limit < top && <line className="limit" x1={left} x2={width} y1={y(limit)} y2={y(limit)} />}
        <path className="area" d={`${line}L${x(last.at).toFixed(1)} ${floor}L${left} ${floor}Z`} />
        <path className="line" d={line} />
        <text x={left} y={height - 3}>
          {format.time(new Date(first.at))}
        </text>
        <text x={width} y={height - 3} className="scale">
          {format.time(new Date(last.at))}
        </text>
      </svg>
    </figure>
  );
}
