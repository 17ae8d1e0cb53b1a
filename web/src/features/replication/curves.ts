import { useState } from "react";

import type { VolumeShown } from "../../api/types";
import { workOf } from "./volumes";

export interface Sample {
  at: number;
  /** Bytes per second. */
  rate: number;
}

export type Curves = Readonly<Record<string, readonly Sample[]>>;

// Ten minutes of news once a second.
const longest = 600;
// News that come in one burst are one moment.
const leastMS = 500;

/** The rates with those of another moment; of a volume in which nothing is copied any longer none is kept. */
export function grown(curves: Curves, volumes: readonly VolumeShown[], at: number): Curves {
  const next: Record<string, readonly Sample[]> = {};
  for (const shown of volumes) {
    const work = workOf(shown);
    if (!work) continue;
    const before = curves[shown.volume.name] ?? [];
    const last = before.at(-1);
    next[shown.volume.name] =
      last && at - last.at < leastMS
        ? [...before.slice(0, -1), { at: last.at, rate: work.rate }]
        : [...before.slice(1 - longest), { at, rate: work.rate }];
  }
  return next;
}

/** The rates of what is being copied, as the news tell them while the page is open. */
export function useCurves(volumes: readonly VolumeShown[], at: number): Curves {
  const [kept, setKept] = useState<{ at: number; curves: Curves }>({ at: 0, curves: {} });
  if (kept.at !== at) setKept({ at, curves: grown(kept.curves, volumes, at) });
  return kept.curves;
}
