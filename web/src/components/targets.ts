// What was promised for services, RTO and RPO, and where they stand.
import type { TargetShown } from "../api/types";
import type { Format } from "../lib/format";
import { list } from "../lib/list";
import type { Translate } from "../lib/i18n";
import type { IconName } from "./Icon";
import type { Tone } from "./tone";

/** In the order of the pages: where something fails comes first. */
export const goalNames = ["rtoUnplanned", "rtoPlanned", "rpoUnplanned", "rpoPlanned"] as const;
export type GoalName = (typeof goalNames)[number];

export type TargetAnswer = "met" | "missed" | "unknown";

/** Their words: target.<word>. */
export const goalWord = {
  rtoUnplanned: "rto_unplanned",
  rtoPlanned: "rto_planned",
  rpoUnplanned: "rpo_unplanned",
  rpoPlanned: "rpo_planned",
} as const satisfies Record<GoalName, string>;

export const answerTone: Record<TargetAnswer, Tone> = { met: "ok", missed: "bad", unknown: "off" };
export const answerIcon: Record<TargetAnswer, IconName> = { met: "ok", missed: "bad", unknown: "unknown" };

export const worstAnswerFirst: readonly TargetAnswer[] = ["missed", "unknown", "met"];

/** One of the four things that may be promised for a service. */
export interface Goal {
  service: string;
  name: GoalName;
  kind: "rto" | "rpo";
  /** Seconds; undefined where nothing was promised. */
  target: number | undefined;
  answer: TargetAnswer | undefined;
  /** Seconds that were measured, or that would be lost; undefined where nobody can tell. */
  stands: number | undefined;
}

export function goalsOf(shown: TargetShown): Goal[] {
  const { standing, target, service } = shown;
  const goal = (name: GoalName): Goal => {
    const one = { service, name, target: target?.[name] };
    if (name === "rtoPlanned" || name === "rtoUnplanned") {
      const { answer, worst } = standing[name];
      return { ...one, kind: "rto", answer, stands: worst?.seconds };
    }
    const { answer, seconds } = standing[name];
    return { ...one, kind: "rpo", answer, stands: seconds };
  };
  return goalNames.map(goal);
}

/** What was promised for services that there are, worst first. */
export function promised(shown: readonly TargetShown[] | null | undefined): Goal[] {
  return list(shown)
    .filter((s) => !s.gone)
    .flatMap(goalsOf)
    .filter((g) => g.answer !== undefined)
    .toSorted((a, b) => rank(a) - rank(b));
}

function rank(goal: Goal): number {
  return goal.answer ? worstAnswerFirst.indexOf(goal.answer) : worstAnswerFirst.length;
}

/** The service that a person should look at first: one that misses most, or else the first one. */
export function worstService(shown: readonly TargetShown[]): TargetShown | undefined {
  const weigh = (s: TargetShown) => {
    const goals = s.gone ? [] : goalsOf(s);
    const count = (answer: TargetAnswer) => goals.filter((g) => g.answer === answer).length;
    return count("missed") * 100 + count("unknown") * 10 + count("met");
  };
  return shown.toSorted((a, b) => weigh(b) - weigh(a))[0];
}

/** Seconds as a length of time; what was given in whole units is said so: 30 s, 12.3 s, 2 min, 1 min 12 s. No line ends within it. */
export function span(format: Format, seconds: number): string {
  return lengthOf(format, seconds).replaceAll(" ", "\u00a0");
}

function lengthOf(format: Format, seconds: number): string {
  if (!Number.isInteger(seconds)) return format.duration(seconds * 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds < 3600 && seconds % 60 === 0 ? `${seconds / 60} min` : format.duration(seconds * 1000);
}

/** What was promised, in a few words. */
export function targetText(t: Translate, format: Format, goal: Pick<Goal, "target">): string {
  return goal.target === undefined ? t("targets.none") : span(format, goal.target);
}

/** Where it stands, in a few words. */
export function standsText(t: Translate, format: Format, goal: Pick<Goal, "kind" | "stands">): string {
  if (goal.stands === undefined) return t(goal.kind === "rto" ? "targets.unmeasured" : "targets.untold");
  if (goal.kind === "rto") return t("targets.worst", { time: span(format, goal.stands) });
  return goal.stands === 0 ? t("targets.no_loss") : t("targets.loses", { time: span(format, goal.stands) });
}
