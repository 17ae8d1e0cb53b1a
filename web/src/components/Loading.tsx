import { useT } from "../lib/i18n";

/** A page in outline while its data is on its way. */
export function Loading({ rows = 8 }: { rows?: number }) {
  const t = useT();
  return (
    <div className="col" role="status" aria-label={t("common.loading")}>
      <div className="skeleton tall" />
      <div className="skeleton strip" />
      <div className="card skeleton-rows">
        {Array.from({ length: rows }, (_, i) => (
          <div key={i} className="skeleton line" />
        ))}
      </div>
    </div>
  );
}
