import type { NodeLoss } from "../../api/types";
import { useFormat } from "../../lib/format";
import { useT } from "../../lib/i18n";

const phases = ["token", "consensus", "fencing", "start"] as const;

/** From the last sign of life to the service elsewhere, phase by phase; the whole length is the longest it may take. */
export function DetectionBar({ budget }: { budget: NodeLoss }) {
  const t = useT();
  const format = useFormat();
  const took = {
    token: budget.tokenMs,
    consensus: budget.consensusMs,
    fencing: budget.fencingMs,
    start: budget.startMs,
  };
  const shown = phases.filter((p) => took[p] > 0);
  const whole = shown.reduce((sum, p) => sum + took[p], 0);
  const words = format.list(shown.map((p) => `${t(`timing.phase.${p}`)} ${format.duration(took[p])}`));
  return (
    <div className="col tight detection">
      <div className="row">
        <div className="bar grow" role="img" aria-label={words}>
          {shown.map((p) => (
            <i key={p} className={`phase-${p}`} style={{ flexGrow: took[p] }} />
          ))}
        </div>
        <b className="num">{format.duration(whole)}</b>
      </div>
      <ul className="row wrap xs t2">
        {shown.map((p) => (
          <li key={p} className="row">
            <i className={`key phase-${p}`} />
            {t(`timing.phase.${p}`)} <b>{format.duration(took[p])}</b>
          </li>
        ))}
      </ul>
    </div>
  );
}
