import { Tooltip } from "antd";
import { useSyncExternalStore } from "react";

import { useFormat } from "../lib/format";

const listeners = new Set<() => void>();
let ticking: ReturnType<typeof setInterval> | undefined;
let now = Date.now();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  ticking ??= setInterval(() => {
    now = Date.now();
    listeners.forEach((f) => f());
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(ticking);
      ticking = undefined;
    }
  };
}

/** The time, each second; one timer serves the whole page. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}

/** How long ago, with the exact time and its zone one hover away. */
export function Ago({ at }: { at: string }) {
  const format = useFormat();
  const current = useNow();
  return (
    <Tooltip title={format.full(at)}>
      <time dateTime={at}>{format.ago(at, Math.max(current, Date.parse(at)))}</time>
    </Tooltip>
  );
}

/** The clock time of something, with date and zone one hover away. */
export function At({ at }: { at: string }) {
  const format = useFormat();
  return (
    <Tooltip title={format.full(at)}>
      <time dateTime={at}>{format.time(at)}</time>
    </Tooltip>
  );
}

/** Go's zero time stands for "never". */
export function isSet(at: string | undefined | null): at is string {
  return Boolean(at) && !at?.startsWith("0001-");
}
