import type { Level, Verdict } from "../api/types";
import { list } from "../lib/list";
import type { Translate } from "../lib/i18n";
import type { IconName } from "./Icon";
import type { Tone } from "./tone";

export const levels: readonly Level[] = ["unprotected", "at_risk", "maintenance", "unknown", "stopped", "protected"];

export const levelTone: Record<Level, Tone> = {
  protected: "ok",
  at_risk: "warn",
  unprotected: "bad",
  maintenance: "info",
  stopped: "off",
  unknown: "off",
};

export const levelIcon: Record<Level, IconName> = {
  protected: "ok",
  at_risk: "warn",
  unprotected: "bad",
  maintenance: "wrench",
  stopped: "pause",
  unknown: "unknown",
};

/** The sentence of a verdict: its worst reason, or how many nodes may be lost. */
export function verdictSentence(t: Translate, verdict: Verdict): string {
  const worst = list(verdict.reasons)[0];
  if (worst) return t.words(`verdict.${worst.code}`, worst.args);
  if (verdict.level === "protected" || verdict.survives > 0) return t("verdict.survives", { count: verdict.survives });
  return t(`verdict.${verdict.level}`);
}

/** The same for a cell or a line that has its own frame: without the full stop. */
export function verdictPhrase(t: Translate, verdict: Verdict): string {
  return phrase(verdictSentence(t, verdict));
}

/** A sentence without its full stop. */
export function phrase(sentence: string): string {
  return sentence.replace(/[。.]$/, "");
}
