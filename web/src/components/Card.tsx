import type { ReactNode } from "react";

import { useT } from "../lib/i18n";
import { IconButton } from "./IconButton";

export interface CardProps {
  title?: ReactNode;
  /** A few quiet words beside the title. */
  note?: ReactNode;
  extra?: ReactNode;
  /** Where it can be closed. */
  onClose?: () => void;
  children: ReactNode;
  /** Inner padding; tables bring their own. */
  pad?: boolean;
  className?: string;
  label?: string;
}

export function Card({ title, note, extra, onClose, children, pad, className, label }: CardProps) {
  const t = useT();
  return (
    <section className={className ? `card ${className}` : "card"} aria-label={label}>
      {(title || extra || onClose) && (
        <header>
          {title && <h2>{title}</h2>}
          {note && <span className="t3 xs ell">{note}</span>}
          {(extra || onClose) && (
            <div className="end row">
              {extra}
              {onClose && <IconButton icon="close" label={t("common.close")} onClick={onClose} />}
            </div>
          )}
        </header>
      )}
      {pad ? <div className="pad">{children}</div> : children}
    </section>
  );
}
