import { useSearchParams } from "react-router";

/** How bad an event may be, and what it may be about. */
export const severities = ["info", "warning", "critical"] as const;
export const subjects = ["node", "resource", "link", "fence", "quorum", "health", "cluster", "dc"] as const;

/** How far back a list goes, in seconds. */
export const spans = { hour: 3600, day: 86_400, week: 604_800 } as const;
export type Span = keyof typeof spans;

export function isSpan(value: string | null): value is Span {
  return value !== null && value in spans;
}

/** When a span began, counted from now. */
export function since(span: Span): string {
  return new Date(Date.now() - spans[span] * 1000).toISOString();
}

/** The filters of a page stand in its address; changing them is no step that the browser goes back by. */
export function useFilters() {
  const [search, setSearch] = useSearchParams();
  /** Sets one filter, or takes it away where the value is empty; the others stay. */
  const set = (name: string, value: string | undefined) =>
    setSearch(
      (old) => {
        const next = new URLSearchParams(old);
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      { replace: true },
    );
  const clear = () => setSearch({}, { replace: true });
  return { search, set, clear };
}
