import { Form, Input, Radio } from "antd";
import { Link } from "react-router";

import type { ClusterDetail } from "../../api/types";
import { Icon } from "../../components/Icon";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { WizardFoot } from "../../components/WizardFoot";
import type { Service } from "./Protect";
import { templates } from "./templates";

export function ChooseTemplate({
  detail,
  service,
  onChange,
  onNext,
}: {
  detail: ClusterDetail;
  service: Service;
  onChange: (s: Service) => void;
  onNext: () => void;
}) {
  const t = useT();
  const taken = list(detail.config?.resources).some((r) => r.id === service.name);
  const valid = /^[A-Za-z_][\w.-]*$/.test(service.name);
  const why =
    service.name === "" ? t("protect.needs_name") : taken ? t("protect.name_taken") : valid ? "" : t("form.id_extra");
  return (
    <>
      <Radio.Group
        className="templates"
        value={service.template.name}
        aria-label={t("protect.step.template")}
        onChange={(ev) => {
          const template = templates.find((x) => x.name === ev.target.value);
          if (template) onChange({ ...service, template, parts: [] });
        }}
      >
        {templates.map((template) => (
          <Radio
            key={template.name}
            value={template.name}
            className={template.name === service.template.name ? "template on" : "template"}
          >
            <span className="row b">
              <Icon name={template.icon} />
              {t(`template.${template.name}`)}
            </span>
            <span className="t2 block">{t(`template.${template.name}.text`)}</span>
          </Radio>
        ))}
      </Radio.Group>
      <Link to={`/c/${encodeURIComponent(detail.name)}/protect/kwdb`} className="row">
        <Icon name="replica" />
        {t("kwdb.offer")}
      </Link>
      <Form layout="vertical" component="div" requiredMark={false}>
        <Form.Item
          label={t("protect.name")}
          htmlFor="service-name"
          extra={t("protect.name_extra")}
          {...(service.name && why ? { validateStatus: "error", help: why } : {})}
        >
          <Input
            id="service-name"
            className="half"
            spellCheck={false}
            value={service.name}
            onChange={(ev) => onChange({ ...service, name: ev.target.value.trim(), parts: [] })}
          />
        </Form.Item>
      </Form>
      <WizardFoot why={why} onNext={onNext} />
    </>
  );
}
