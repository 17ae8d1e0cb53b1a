import { Button, Form, Input, Radio, Select, Switch } from "antd";

import type { Fault, Host } from "../../api/types";
import { addressChoices } from "../../components/addresses";
import { errorsBelow } from "../../components/formErrors";
import { Icon } from "../../components/Icon";
import { useT } from "../../lib/i18n";
import { advisedLinks, type Draft, mostLinks, profiles } from "./draft";

export function PickLinks({
  hosts,
  draft,
  onChange,
  fault,
}: {
  hosts: readonly Host[];
  draft: Draft;
  onChange: (draft: Draft) => void;
  fault: Fault | undefined;
}) {
  const t = useT();
  const errors = errorsBelow(t, fault, "");
  const chosen = hosts.filter((h) => draft.hosts.includes(h.name));
  const setAddress = (link: number, host: string, address: string) =>
    onChange({ ...draft, links: draft.links.map((l, i) => (i === link ? { ...l, [host]: address } : l)) });
  const nameError = errors.get("name") ?? errors.get("setup.name");
  return (
    <Form layout="vertical" component="div" requiredMark={false}>
      <div className="form-grid">
        <Form.Item
          label={t("create.name")}
          htmlFor="cluster-name"
          extra={t("create.name_rule")}
          {...(nameError ? { validateStatus: "error", help: nameError } : {})}
        >
          <Input
            id="cluster-name"
            autoFocus
            spellCheck={false}
            maxLength={15}
            value={draft.name}
            onChange={(ev) => onChange({ ...draft, name: ev.target.value.trim() })}
          />
        </Form.Item>
        <Form.Item label={t("create.autostart")} extra={t("create.autostart_text")}>
          <Switch
            checked={draft.autostart}
            aria-label={t("create.autostart")}
            onChange={(autostart) => onChange({ ...draft, autostart })}
          />
        </Form.Item>
      </div>
      <section className="col tight gap-below">
        <div className="row">
          <h3>{t("create.links")}</h3>
          <span className="t3 xs">{t("create.links_text", { most: mostLinks })}</span>
        </div>
        <div className="link-table" role="group" aria-label={t("create.links")}>
          {draft.links.map((link, i) => (
            <div className="link-row" key={i}>
              <span className="b row">
                <Icon name="heartbeat" />
                {t("heartbeat.link", { link: i })}
              </span>
              {chosen.map((h) => (
                <label key={h.name} className="col tight">
                  <span className="xs t2">{h.name}</span>
                  <Select
                    aria-label={`${t("heartbeat.link", { link: i })} ${h.name}`}
                    value={link[h.name] || null}
                    placeholder={t("create.pick_address")}
                    popupMatchSelectWidth={false}
                    onChange={(address: string) => setAddress(i, h.name, address)}
                    options={addressChoices(h).map((c) => ({
                      value: c.address,
                      label: `${c.address} · ${c.interface}`,
                    }))}
                  />
                </label>
              ))}
              <Button
                type="text"
                aria-label={t("common.remove_of", { name: t("heartbeat.link", { link: i }) })}
                icon={<Icon name="close" size={14} />}
                onClick={() => onChange({ ...draft, links: draft.links.filter((_, n) => n !== i) })}
              />
            </div>
          ))}
        </div>
        <div className="row">
          <Button
            icon={<Icon name="plus" size={14} />}
            disabled={draft.links.length >= mostLinks}
            onClick={() => onChange({ ...draft, links: [...draft.links, {}] })}
          >
            {t("create.add_link")}
          </Button>
          {draft.links.length > 0 && draft.links.length < advisedLinks && (
            <span className="warn row">
              <Icon name="warn" size={14} />
              {t("create.few_links")}
            </span>
          )}
        </div>
      </section>
      <Form.Item label={t("create.timing")}>
        <Radio.Group
          value={draft.profile}
          onChange={(ev) => onChange({ ...draft, profile: profiles.find((p) => p === ev.target.value) ?? "balanced" })}
        >
          <div className="col tight">
            {profiles.map((p) => (
              <Radio key={p} value={p}>
                {t(`timing.${p}`)} <span className="t3">{t(`timing.${p}.text`)}</span>
              </Radio>
            ))}
          </div>
        </Radio.Group>
      </Form.Item>
    </Form>
  );
}
