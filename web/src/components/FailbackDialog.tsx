import { useQuery } from "@tanstack/react-query";
import { Form, Input, Radio } from "antd";
import { useState } from "react";

import { queries } from "../api/queries";
import type { Failback, Resource } from "../api/types";
import { useT } from "../lib/i18n";
import { SaveDialog } from "./SaveDialog";
import { useAct } from "./Tracker";

const modes = ["automatic", "manual", "scheduled"] as const;

/** When a service returns to the first node of its order. */
export function FailbackDialog(props: { cluster: string; resource: Resource; onClose: () => void }) {
  const { data } = useQuery(queries.resource(props.cluster, props.resource.id));
  return data && <Fields {...props} shown={data} />;
}

function Fields({
  cluster,
  resource,
  shown,
  onClose,
}: {
  cluster: string;
  resource: Resource;
  shown: Resource;
  onClose: () => void;
}) {
  const t = useT();
  const act = useAct();
  // What was there when the dialog was opened: whoever is faster is not overwritten.
  const [opened] = useState(shown);
  const before = opened.failback;
  const [back, setBack] = useState<Failback>(before ?? { mode: "manual" });
  const scheduled = back.mode === "scheduled";
  const why = !before
    ? t.words("failback.no_order", { id: resource.id })
    : scheduled && !back.hours
      ? t("form.needs", { names: t("failback.hours") })
      : JSON.stringify(back) === JSON.stringify(before)
        ? t("form.unchanged")
        : "";
  const send = () =>
    act("resource.failback", {
      path: { cluster, resource: resource.id },
      body: { ...back, ...(opened.version ? { version: opened.version } : {}) },
    });
  const part = (name: "hours" | "weekdays", text: string) => {
    const { [name]: _, ...rest } = back;
    setBack(text ? { ...rest, [name]: text } : rest);
  };
  return (
    <SaveDialog
      title={t("failback.title", { id: resource.id })}
      act={t("failback.act")}
      why={why}
      send={send}
      onClose={onClose}
    >
      <Form layout="vertical" component="div" className="col">
        <p className="t2">{t("failback.text", { id: resource.id })}</p>
        <Radio.Group
          value={back.mode}
          disabled={!before}
          onChange={(ev) => setBack({ mode: ev.target.value as Failback["mode"] })}
        >
          <div className="col">
            {modes.map((mode) => (
              <Radio key={mode} value={mode}>
                {t(`failback.mode.${mode}`)} <span className="t3">{t(`failback.mode.${mode}_extra`)}</span>
              </Radio>
            ))}
          </div>
        </Radio.Group>
        {(["hours", "weekdays"] as const).map((name) => (
          <Form.Item
            key={name}
            className="flat"
            label={t(`failback.${name}`)}
            htmlFor={`failback-${name}`}
            extra={t(`failback.${name}_extra`)}
            required={scheduled && name === "hours"}
          >
            <Input
              id={`failback-${name}`}
              className="half"
              placeholder={name === "hours" ? "2-3" : "6-7"}
              disabled={!scheduled}
              value={back[name] ?? ""}
              onChange={(ev) => part(name, ev.target.value.trim())}
            />
          </Form.Item>
        ))}
      </Form>
    </SaveDialog>
  );
}
