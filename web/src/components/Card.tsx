import type { ReactNode } from "react";

export interface CardProps {
  title?: ReactNode;
  /** A few quiet words beside the title. */
  note?: ReactNode;
  extra?: ReactNode;
  children: ReactNode;
  /** Inner padding; tables bring their own. */
  pad?: boolean;
  className?: string;
  label?: string;
}

export function Card({ title, note, extra, children, pad, className, label }: CardProps) {
  return (
    <section className={className ? `card ${className}` : "card"} aria-label={label}>
      {(title || extra) && (
        <header>
          {title && <h2>{title}</h2>}
          {note && <span className="t3 xs ell">{note}</span>}
          {extra && <div className="end row">{extra}</div>}
        </header>
      )}
      {pad ? <div className="pad">{children}</div> : children}
    </section>
  );
}
