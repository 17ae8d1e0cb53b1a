import { Button } from "antd";

import { useT } from "../lib/i18n";
import { Icon } from "./Icon";
import { IconButton } from "./IconButton";

/** Nodes in the order in which a service prefers them: Master Node, Slave 1, Slave 2 and so on; the others have no preference. */
export function NodeOrder({
  all,
  value,
  onChange,
  rank,
  others: rest,
}: {
  all: readonly string[];
  value: readonly string[];
  onChange: (nodes: string[]) => void;
  /** What the places are called, counted from 0, where they are not Master Node and Slave n. */
  rank?: (place: number) => string;
  /** What the nodes are that have no place, where that is not "no preference". */
  others?: string;
}) {
  const t = useT();
  const others = all.filter((n) => !value.includes(n));
  const swap = (at: number, by: number) => {
    const nodes = [...value];
    const [moved] = nodes.splice(at, 1);
    if (moved) nodes.splice(at + by, 0, moved);
    onChange(nodes);
  };
  return (
    <>
      <ol className="node-order" aria-label={t("protect.order")}>
        {value.map((node, i) => (
          <li key={node} className="card">
            <span className={i === 0 && !rank ? "tag main" : "tag"}>
              {rank?.(i) ?? (i === 0 ? t("place.main") : t("place.spare", { rank: i }))}
            </span>
            <b className="grow">{node}</b>
            <IconButton
              icon="down"
              flip
              label={t("protect.up", { node })}
              disabled={i === 0}
              onClick={() => swap(i, -1)}
            />
            <IconButton
              icon="down"
              label={t("protect.down", { node })}
              disabled={i === value.length - 1}
              onClick={() => swap(i, 1)}
            />
            <IconButton
              icon="close"
              label={t("common.remove_of", { name: node })}
              onClick={() => onChange(value.filter((n) => n !== node))}
            />
          </li>
        ))}
      </ol>
      {others.length > 0 && (
        <div className="row wrap">
          <span className="t2">{rest ?? t("protect.no_preference")}</span>
          {others.map((node) => (
            <Button
              key={node}
              size="small"
              icon={<Icon name="plus" size={14} />}
              onClick={() => onChange([...value, node])}
            >
              {node}
            </Button>
          ))}
        </div>
      )}
    </>
  );
}
