import type { Level } from "../api/types";
import { useT } from "../lib/i18n";
import { levelIcon, levelTone } from "./level";
import { Pill } from "./Pill";

export function LevelPill({ level }: { level: Level }) {
  const t = useT();
  return (
    <Pill tone={levelTone[level]} icon={levelIcon[level]}>
      {t.words(`level.${level}`)}
    </Pill>
  );
}
