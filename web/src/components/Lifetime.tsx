import { Select } from "antd";

import { useT } from "../lib/i18n";

const spans = ["30min", "2h", "8h", "1d", "7d"] as const;

/** How long a move or ban holds; empty is without end. */
export function Lifetime({
  id,
  value,
  onChange,
  endless,
  disabled = false,
}: {
  id: string;
  value: string;
  onChange: (value: string) => void;
  /** What it means to give no time. */
  endless: string;
  disabled?: boolean;
}) {
  const t = useT();
  return (
    <Select
      id={id}
      className="half"
      value={value}
      disabled={disabled}
      onChange={onChange}
      options={[
        { value: "", label: endless },
        ...spans.map((span) => ({ value: span as string, label: t(`lifetime.${span}`) })),
      ]}
    />
  );
}
