import { Select } from "antd";

import { useT } from "../lib/i18n";

// From here on a list is searched rather than read.
const searchFrom = 10;

/** A filter of which one value, or none, is chosen. */
export function Pick(props: {
  name: string;
  value: string;
  options: readonly { value: string; label: string }[];
  onChange: (value: string) => void;
}) {
  const t = useT();
  return (
    <Select
      aria-label={props.name}
      prefix={<span className="t3">{props.name}</span>}
      value={props.value}
      showSearch={props.options.length > searchFrom}
      popupMatchSelectWidth={false}
      onChange={props.onChange}
      options={[{ value: "", label: t("common.all") }, ...props.options]}
    />
  );
}
