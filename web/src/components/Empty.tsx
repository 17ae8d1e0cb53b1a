import type { ReactNode } from "react";

import { Icon, type IconName } from "./Icon";

/** What a page is for, and the first step, where there is nothing yet. */
export function Empty({
  icon,
  title,
  text,
  action,
}: {
  icon: IconName;
  title: string;
  text: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="empty">
      <span className="empty-icon">
        <Icon name={icon} size={24} />
      </span>
      <h2>{title}</h2>
      <p className="t2">{text}</p>
      {action && <div className="row">{action}</div>}
    </div>
  );
}
