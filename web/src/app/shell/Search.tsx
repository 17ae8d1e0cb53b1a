import { useQuery } from "@tanstack/react-query";
import { AutoComplete, Input } from "antd";
import { useState } from "react";
import { useNavigate } from "react-router";

import { queries } from "../../api/queries";
import { Icon, type IconName } from "../../components/Icon";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";

interface Found {
  to: string;
  icon: IconName;
  name: string;
  note: string;
}

// More would not be read.
const most = 12;

/** Finds clusters, nodes, hosts and their addresses, and the resources of the cluster that is open. */
export function Search({ cluster }: { cluster: string | undefined }) {
  const t = useT();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const { data: clusters } = useQuery(queries.clusters());
  const { data: hosts } = useQuery({ ...queries.hosts(), enabled: text !== "" });
  const { data: resources } = useQuery({
    ...queries.resources(cluster ?? ""),
    enabled: text !== "" && Boolean(cluster),
  });

  const wanted = text.trim().toLowerCase();
  const hit = (...values: (string | undefined)[]) => values.some((v) => v?.toLowerCase().includes(wanted));
  const found: Found[] = [];
  if (wanted) {
    for (const c of list(clusters?.items)) {
      const base = `/c/${encodeURIComponent(c.name)}`;
      if (hit(c.name, c.label))
        found.push({ to: base, icon: "overview", name: c.label ?? c.name, note: t("search.cluster") });
      for (const node of list(c.nodes)) {
        if (hit(node))
          found.push({
            to: `${base}/nodes/${encodeURIComponent(node)}`,
            icon: "nodes",
            name: node,
            note: t("search.node", { cluster: c.name }),
          });
      }
    }
    for (const r of list(resources?.items)) {
      if (hit(r.id, r.agent) && cluster) {
        found.push({
          to: `/c/${encodeURIComponent(cluster)}/resources?resource=${encodeURIComponent(r.id)}`,
          icon: "resource",
          name: r.id,
          note: r.agent ?? t(`kind.${r.type}`),
        });
      }
    }
    for (const h of list(hosts?.items)) {
      const addresses = list(h.facts.interfaces).flatMap((i) => list(i.addresses));
      const address = addresses.find((a) => hit(a));
      if (hit(h.name) || address)
        found.push({
          to: `/hosts?host=${encodeURIComponent(h.id)}`,
          icon: "hosts",
          name: h.name,
          note: address ?? t("search.host"),
        });
    }
  }
  return (
    <div role="search" className="search" data-search>
      <AutoComplete
        value={text}
        popupMatchSelectWidth={360}
        options={found.slice(0, most).map((f) => ({
          value: f.to,
          label: (
            <div className="row">
              <Icon name={f.icon} />
              <span className="ell grow">{f.name}</span>
              <span className="t3 xs">{f.note}</span>
            </div>
          ),
        }))}
        notFoundContent={wanted ? t("search.none") : null}
        onChange={setText}
        onSelect={(to: string) => {
          setText("");
          // So that the next key is a shortcut again, not a letter.
          if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
          void navigate(to);
        }}
      >
        <Input
          prefix={<Icon name="search" />}
          suffix={<kbd aria-hidden>/</kbd>}
          placeholder={t("search.placeholder")}
          aria-label={t("search.placeholder")}
        />
      </AutoComplete>
    </div>
  );
}
