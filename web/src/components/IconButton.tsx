import { Button } from "antd";

import { Icon, type IconName } from "./Icon";

/** A small button in a line of a list; its label says what it does to which line. */
export function IconButton({
  icon,
  label,
  flip,
  disabled,
  title,
  onClick,
}: {
  icon: IconName;
  label: string;
  flip?: boolean;
  disabled?: boolean;
  title?: string;
  onClick: () => void;
}) {
  return (
    <Button
      type="text"
      size="small"
      aria-label={label}
      icon={<Icon name={icon} size={14} {...(flip ? { className: "flip" } : {})} />}
      {...(disabled ? { disabled } : {})}
      {...(title ? { title } : {})}
      onClick={onClick}
    />
  );
}
