import { useT } from "../../lib/i18n";

/** From one day to another; days are days in UTC, and are written as they stand in the licence. */
export function useSpan(): (from: string, until: string) => string {
  const t = useT();
  return (from, until) =>
    until === "never" ? t("license.span_open", { from }) : t("license.span_days", { from, until });
}
