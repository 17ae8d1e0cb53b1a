import { Button } from "antd";

import { useCan } from "../../api/queries";
import type { ClusterDetail, Link } from "../../api/types";
import { ActsMenu } from "../../components/ActsMenu";
import { useConfirm } from "../../components/Confirm";
import { Icon } from "../../components/Icon";
import { diskLink, linkNetwork } from "../../components/links";
import { useAct } from "../../components/Tracker";
import { useFormat } from "../../lib/format";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";

/** The head of a link's column: what it runs over, how it is configured, and what may be done with it. */
export function LinkHead({
  detail,
  number,
  link,
  links,
  onEdit,
}: {
  detail: ClusterDetail;
  number: number;
  /** Undefined while the configuration is not known. */
  link: Link | undefined;
  /** How many network links there are. */
  links: number;
  onEdit: (link: Link) => void;
}) {
  const t = useT();
  const format = useFormat();
  const can = useCan();
  const ask = useConfirm();
  const act = useAct();
  const disk = number === diskLink;
  const ends = list(link?.ends);
  const interfaces = [...new Set(ends.map((e) => e.interface).filter(Boolean))];
  const sizes = [...new Set(ends.map((e) => e.mtu).filter(Boolean))];
  const networks = [...new Set(ends.map((e) => e.network).filter(Boolean))];
  const name = disk ? t("heartbeat.disk") : t("heartbeat.link", { link: number });
  const remove = (gone: Link) =>
    ask({
      title: t("link.remove.title", { link: gone.number }),
      consequence: (
        <div className="col tight">
          <p className="b">{t("link.remove.consequence", { count: links - 1 })}</p>
          <p className="t2">{t("link.undo")}</p>
        </div>
      ),
      act: t("link.remove.act", { link: gone.number }),
      tone: "danger",
      run: () => act("link.remove", { path: { cluster: detail.name, link: gone.number } }),
    });
  return (
    <>
      <span className="row">
        <Icon name={disk ? "disk" : "heartbeat"} size={14} />
        <span className="grow">{name}</span>
        {link && !disk && (can("link.edit") || can("link.remove")) && (
          <ActsMenu
            menu={{
              items: [
                { key: "edit", icon: <Icon name="edit" />, label: t("link.edit.short"), disabled: !can("link.edit") },
                {
                  key: "remove",
                  icon: <Icon name="trash" />,
                  label: links < 2 ? t("link.remove.last") : t("link.remove.short"),
                  danger: true,
                  disabled: links < 2 || !can("link.remove"),
                },
              ],
              onClick: ({ key }) => (key === "edit" ? onEdit(link) : remove(link)),
            }}
          >
            <Button type="text" size="small" icon={<Icon name="more" />} aria-label={t("link.actions_of", { name })} />
          </ActsMenu>
        )}
      </span>
      <span className="t2 xs">{networks.length === 1 ? networks[0] : linkNetwork(detail, number)}</span>
      {link && (
        <span className="t3 xs">
          {[
            format.list(interfaces.map(String)),
            sizes.length === 1 && `MTU ${sizes[0]}`,
            t(link.autoPriority ? "link.priority_auto" : "link.priority_is", { priority: link.priority ?? 0 }),
          ]
            .filter(Boolean)
            .join(" · ")}
        </span>
      )}
      {link && (
        <span className="t3 xs">
          {t("link.ping_is", { interval: link.pingInterval ?? 0, timeout: link.pingTimeout ?? 0 })}
        </span>
      )}
    </>
  );
}
