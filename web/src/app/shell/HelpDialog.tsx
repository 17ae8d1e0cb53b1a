import { Modal } from "antd";

import { useCan } from "../../api/queries";
import { useT } from "../../lib/i18n";

export function HelpDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const t = useT();
  const can = useCan();
  const rows = [
    { keys: ["/"], text: t("help.search") },
    { keys: ["g", "o"], text: t("help.overview") },
    { keys: ["g", "h"], text: t("help.hosts") },
    { keys: ["g", "e"], text: t("help.events") },
    ...(can("alarm.list") ? [{ keys: ["g", "a"], text: t("help.alarms") }] : []),
    { keys: ["?"], text: t("help.help") },
    { keys: ["Esc"], text: t("help.escape") },
  ];
  return (
    <Modal open={open} onCancel={onClose} footer={null} title={t("help.title")} width={420} centered>
      <dl className="keys">
        {rows.map((row) => (
          <div key={row.text}>
            <dt>
              {row.keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{row.text}</dd>
          </div>
        ))}
      </dl>
      <p className="t3 xs">{t("help.colours")}</p>
    </Modal>
  );
}
