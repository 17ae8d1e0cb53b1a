import { Form, Input, InputNumber, Radio } from "antd";

import { KeyValues } from "../../components/KeyValues";
import { WizardFoot } from "../../components/WizardFoot";
import { useT } from "../../lib/i18n";
import { certificateWays, type DatabaseDraft } from "./draft";

// Parameters of the agent of KWDB that are set now and then; any other can be typed.
const known = ["port", "user", "database", "binary", "certs_dir", "command", "timeout", "recovery", "stop_grace"];

/** Who is let in, and when a node is given up. */
export function DatabaseBehaviour({
  draft,
  onChange,
  onBack,
  onNext,
}: {
  draft: DatabaseDraft;
  onChange: (draft: DatabaseDraft) => void;
  onBack: () => void;
  onNext: () => void;
}) {
  const t = useT();
  const makes = draft.certificates === "auto" || draft.certificates === "make";
  const why = draft.threshold === null || draft.forget === null ? t("kwdb.needs_numbers") : "";
  return (
    <>
      <Form layout="vertical" component="div" requiredMark={false}>
        <Form.Item label={t("kwdb.certificates")} extra={t("kwdb.certificates_extra")}>
          <Radio.Group
            className="stack"
            value={draft.certificates}
            onChange={(ev) => {
              const certificates = certificateWays.find((w) => w === ev.target.value);
              if (certificates) onChange({ ...draft, certificates });
            }}
            options={certificateWays.map((way) => ({
              value: way,
              label: (
                <span>
                  <b>{t(`kwdb.certificates.${way}`)}</b>{" "}
                  <span className="t2">{t(`kwdb.certificates.${way}.means`)}</span>
                </span>
              ),
            }))}
          />
        </Form.Item>
        {makes && (
          <Form.Item label={t("kwdb.ca_key")} htmlFor="database-ca-key" extra={t("kwdb.ca_key_extra")}>
            <Input
              id="database-ca-key"
              className="half"
              autoComplete="off"
              spellCheck={false}
              placeholder="/etc/kaiwudb/certs/ca.key"
              value={draft.caKey}
              onChange={(ev) => onChange({ ...draft, caKey: ev.target.value })}
            />
          </Form.Item>
        )}
        <div className="form-grid">
          <Form.Item label={t("kwdb.threshold")} htmlFor="database-threshold" extra={t("kwdb.threshold_extra")}>
            <InputNumber
              id="database-threshold"
              min={1}
              max={1000}
              precision={0}
              value={draft.threshold}
              onChange={(threshold) => onChange({ ...draft, threshold })}
            />
          </Form.Item>
          <Form.Item label={t("kwdb.forget")} htmlFor="database-forget" extra={t("kwdb.forget_extra")}>
            <InputNumber
              id="database-forget"
              min={1}
              precision={0}
              value={draft.forget}
              suffix={t("kwdb.minutes")}
              onChange={(forget) => onChange({ ...draft, forget })}
            />
          </Form.Item>
        </div>
        <Form.Item label={t("kwdb.parameters")} extra={t("kwdb.parameters_extra")} className="flat">
          <KeyValues
            value={draft.parameters}
            onChange={(parameters) => onChange({ ...draft, parameters })}
            names={known}
            label={t("kwdb.parameter")}
          />
        </Form.Item>
      </Form>
      <WizardFoot {...(why ? { why } : {})} onBack={onBack} onNext={onNext} />
    </>
  );
}
