import { App, Form, Modal } from "antd";

import { useSaving } from "../../components/useSaving";
import { useT } from "../../lib/i18n";
import { changePassword, PasswordForm, type PasswordValues } from "../../components/PasswordForm";

export function PasswordDialog({ onClose }: { onClose: () => void }) {
  const t = useT();
  const { message } = App.useApp();
  const [form] = Form.useForm<PasswordValues>();
  const { busy, fault, save } = useSaving(() => {
    void message.success(t("user.password_changed"));
    onClose();
  });
  return (
    <Modal
      open
      title={t("user.change_password")}
      okText={t("user.change_password")}
      cancelText={t("common.cancel")}
      confirmLoading={busy}
      onOk={form.submit}
      onCancel={onClose}
      width={420}
    >
      <PasswordForm form={form} fault={fault} onFinish={(values) => void save(() => changePassword(values))} />
    </Modal>
  );
}
