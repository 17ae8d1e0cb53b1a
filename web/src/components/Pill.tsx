import type { ReactNode } from "react";

import { Icon, type IconName } from "./Icon";
import { type Tone, toneIcon } from "./tone";

/** A state as colour, shape and word. */
export function Pill({
  tone,
  icon,
  children,
  title,
  plan,
}: {
  tone: Tone;
  icon?: IconName;
  children: ReactNode;
  title?: string;
  /** Not yet so, but on its way. */
  plan?: boolean;
}) {
  return (
    <span className={`pill v-${tone}${plan ? " plan" : ""}`} title={title}>
      <Icon name={icon ?? toneIcon[tone]} size={14} />
      {children}
    </span>
  );
}
