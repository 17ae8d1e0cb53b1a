import { Button, Input } from "antd";
import { useState } from "react";

import { call } from "../api/client";
import type { Fault, Rule } from "../api/types";
import { useT } from "../lib/i18n";
import { FaultBox } from "./FaultView";
import { RuleEditor, type RulePlace } from "./RuleEditor";
import { ruleComplete, ruleSentence } from "./rules";

/** A rule as conditions to click together, or as text for those who know it; and always as a sentence. */
export function RuleField({
  value,
  onChange,
  attributes,
  place,
}: {
  value: Rule;
  onChange: (rule: Rule) => void;
  attributes: readonly string[];
  place: RulePlace;
}) {
  const t = useT();
  const [text, setText] = useState<string>();
  const [fault, setFault] = useState<Fault>();
  const write = async () => {
    // What is no rule yet has no text either.
    const result = ruleComplete(value) ? await call("rule.check", { body: { rule: value } }) : undefined;
    setText(result?.ok ? result.data.text : "");
  };
  const read = async () => {
    const result = await call("rule.check", { body: { text: text ?? "" } });
    if (!result.ok) {
      setFault(result.fault);
      return;
    }
    setFault(undefined);
    setText(undefined);
    const { bool, expressions } = result.data.rule;
    onChange({ ...value, ...(bool ? { bool } : {}), expressions });
  };
  return (
    <div className="col tight">
      {text === undefined ? (
        <>
          <RuleEditor value={value} onChange={onChange} attributes={attributes} place={place} />
          <div className="row">
            <p className="grow t2">{ruleComplete(value) ? ruleSentence(t, value) : t("rule.incomplete")}</p>
            <Button type="link" size="small" className="flush" onClick={() => void write()}>
              {t("rule.as_text")}
            </Button>
          </div>
        </>
      ) : (
        <>
          <Input.TextArea
            className="mono"
            aria-label={t("rule.text")}
            autoSize={{ minRows: 2 }}
            spellCheck={false}
            placeholder="pingd gt 0 and (date gt 2026-01-01 or #uname eq n1)"
            value={text}
            onChange={(ev) => setText(ev.target.value)}
          />
          {fault && <FaultBox fault={fault} compact />}
          <div className="row">
            <span className="grow" />
            <Button
              size="small"
              onClick={() => {
                setText(undefined);
                setFault(undefined);
              }}
            >
              {t("common.cancel")}
            </Button>
            <Button size="small" disabled={text.trim() === ""} onClick={() => void read()}>
              {t("rule.read")}
            </Button>
          </div>
        </>
      )}
    </div>
  );
}
