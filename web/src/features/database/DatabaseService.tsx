import { Form, Input } from "antd";

import type { ClusterDetail } from "../../api/types";
import { WizardFoot } from "../../components/WizardFoot";
import { useT } from "../../lib/i18n";
import { list } from "../../lib/list";
import { type DatabaseDraft, isAddress } from "./draft";

/** What it is called, where clients find it, and how it is started. */
export function DatabaseService({
  detail,
  draft,
  onChange,
  onNext,
}: {
  detail: ClusterDetail;
  draft: DatabaseDraft;
  onChange: (draft: DatabaseDraft) => void;
  onNext: () => void;
}) {
  const t = useT();
  const name = draft.name.trim();
  const wrong = !/^[A-Za-z_][\w.-]{0,39}$/.test(name);
  const badAddress = draft.address.trim() !== "" && !isAddress(draft.address);
  const why =
    list(detail.setup?.nodes).length < 2
      ? t("replication.place.two_nodes")
      : wrong
        ? t("kwdb.needs_name")
        : !isAddress(draft.address)
          ? t("kwdb.needs_address")
          : !draft.directory.trim().startsWith("/")
            ? t("kwdb.needs_directory")
            : "";
  const field = (key: "name" | "address" | "directory" | "unit" | "owner", placeholder: string, error?: string) => (
    <Form.Item
      label={t(`kwdb.${key}`)}
      htmlFor={`database-${key}`}
      extra={t(`kwdb.${key}_extra`)}
      {...(error ? { validateStatus: "error" as const, help: error } : {})}
    >
      <Input
        id={`database-${key}`}
        autoComplete="off"
        spellCheck={false}
        placeholder={placeholder}
        value={draft[key]}
        onChange={(ev) => onChange({ ...draft, [key]: ev.target.value })}
      />
    </Form.Item>
  );
  return (
    <>
      <p className="t2">{t("kwdb.text")}</p>
      <Form layout="vertical" component="div" requiredMark={false}>
        <div className="form-grid">
          {field("name", "", name !== "" && wrong ? t("kwdb.needs_name") : undefined)}
          {field("address", "192.0.2.10/24", badAddress ? t("kwdb.needs_address") : undefined)}
          {field("directory", "/var/lib/kaiwudb")}
          {field("unit", "kaiwudb.service")}
          {field("owner", "")}
        </div>
      </Form>
      <WizardFoot {...(why ? { why } : {})} onNext={onNext} />
    </>
  );
}
