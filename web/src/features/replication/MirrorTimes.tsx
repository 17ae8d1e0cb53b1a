import { Form, InputNumber } from "antd";

import { useT } from "../../lib/i18n";

// Those of hawser-mirror where nothing is set, in milliseconds.
const usual = { ping: 1000, silence: 5000, slow: 10_000, retry: 1000 } as const;
const names = ["ping", "silence", "slow", "retry"] as const;
const most = 600_000;

/** The times of a mirror, each with what it bounds. One that is left empty is the usual one. */
export function MirrorTimes({
  value,
  onChange,
}: {
  /** By section and name, as options are written. */
  value: Record<string, string>;
  onChange: (value: Record<string, string>) => void;
}) {
  const t = useT();
  const change = (option: string, ms: number | null) => {
    const others = Object.entries(value).filter(([name]) => name !== option);
    onChange(Object.fromEntries(ms === null ? others : [...others, [option, String(ms)]]));
  };
  return (
    <div className="form-grid two-wide">
      {names.map((name) => {
        const option = `net.${name}`;
        return (
          <Form.Item
            key={name}
            label={t(`replication.time.${name}`)}
            htmlFor={`mirror-${name}`}
            extra={t(`replication.time.${name}.means`)}
          >
            <InputNumber
              id={`mirror-${name}`}
              min={0}
              max={most}
              step={500}
              precision={0}
              placeholder={String(usual[name])}
              suffix="ms"
              value={value[option] === undefined ? null : Number(value[option])}
              onChange={(ms) => change(option, ms)}
            />
          </Form.Item>
        );
      })}
    </div>
  );
}
