import { useT } from "../lib/i18n";

/** Nodes as blocks, the missing ones hollow, with the count beside them. */
export function NodeBlocks({
  online,
  total,
  running,
  stale,
}: {
  online: number;
  total: number;
  running: boolean;
  /** As it was when somebody last reported: said without the colour of what is so now. */
  stale?: boolean;
}) {
  const t = useT();
  const tone = stale ? "off" : online === total ? "ok" : running ? "bad" : "off";
  return (
    <span className="row" title={t("nodes.online_of", { online, total })}>
      {total <= 8 && (
        <span className="blocks" aria-hidden>
          {Array.from({ length: total }, (_, i) => (
            <i key={i} className={i < online && !stale ? "v-ok" : `v-${tone} hollow`} />
          ))}
        </span>
      )}
      <span className={stale ? "t3" : online === total ? undefined : tone}>
        {online}/{total}
      </span>
    </span>
  );
}
