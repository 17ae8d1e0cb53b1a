import type { ReactNode } from "react";

import { Icon, type IconName } from "./Icon";
import { type Tone, toneIcon } from "./tone";

export interface VerdictProps {
  tone: Tone;
  icon?: IconName;
  /** The coloured head word. */
  head: ReactNode;
  /** The sentence after it. */
  sentence?: ReactNode;
  /** Since when, until when, what else. */
  detail?: ReactNode;
  actions?: ReactNode;
}

/** The banner that every page opens with: is everything all right? */
export function Verdict({ tone, icon, head, sentence, detail, actions }: VerdictProps) {
  return (
    <section className={`verdict v-${tone}`} aria-live="polite">
      <Icon name={icon ?? toneIcon[tone]} size={24} />
      <div className="grow">
        <h1>
          <em>{head}</em>
          {sentence}
        </h1>
        {detail && <div className="verdict-detail">{detail}</div>}
      </div>
      {actions && <div className="row">{actions}</div>}
    </section>
  );
}
