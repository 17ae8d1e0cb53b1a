import { Input, Select } from "antd";

import { useT } from "../lib/i18n";

/** A score by its meaning, or as a number. */
export function ScoreInput({
  value,
  onChange,
  choices,
  id,
}: {
  value: string;
  onChange: (v: string) => void;
  choices: readonly { value: string; label: string }[];
  id: string;
}) {
  const t = useT();
  const known = choices.some((c) => c.value === value);
  return (
    <div className="row">
      <Select
        id={id}
        className="grow"
        value={known ? value : "other"}
        onChange={(v: string) => onChange(v === "other" ? "50" : v)}
        options={[...choices, { value: "other", label: t("score.other") }]}
      />
      {!known && (
        <Input
          className="short"
          value={value}
          aria-label={t("constraint.score")}
          onChange={(ev) => onChange(ev.target.value)}
        />
      )}
    </div>
  );
}
