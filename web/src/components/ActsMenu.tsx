import { Dropdown, type MenuProps } from "antd";
import { type ReactElement, useState } from "react";

/**
 * The acts behind a button. An open menu lists what it listed when it was opened: where news adds or takes away an entry,
 * Ant Design mounts all entries below it anew, and a click that has begun on one of them is lost.
 */
export function ActsMenu({ menu, children }: { menu: MenuProps; children: ReactElement }) {
  const [opened, setOpened] = useState<NonNullable<MenuProps["items"]>>();
  const items = menu.items ?? [];
  return (
    <Dropdown
      trigger={["click"]}
      menu={{ ...menu, items: opened ?? items }}
      onOpenChange={(open) => setOpened(open ? items : undefined)}
    >
      {children}
    </Dropdown>
  );
}
