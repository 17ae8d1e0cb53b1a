import type { IconName } from "./Icon";

/** What a colour says. Each has its own shape too. */
export type Tone = "ok" | "warn" | "bad" | "info" | "off";

export const toneIcon: Record<Tone, IconName> = { ok: "ok", warn: "warn", bad: "bad", info: "wrench", off: "off" };
