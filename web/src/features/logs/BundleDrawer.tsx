import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Checkbox, Drawer, Form, Input, Progress, Segmented } from "antd";
import { useState } from "react";

import { call, pathOf } from "../../api/client";
import { keys, queries, useCan } from "../../api/queries";
import type { LogBundle, LogBundleNode } from "../../api/types";
import { Card } from "../../components/Card";
import { useConfirm } from "../../components/Confirm";
import { FaultBox, useFaultText } from "../../components/FaultView";
import { errorsBelow } from "../../components/formErrors";
import { Icon, type IconName } from "../../components/Icon";
import { IconButton } from "../../components/IconButton";
import { Pill } from "../../components/Pill";
import { Query } from "../../components/Query";
import { isSet } from "../../components/Time";
import type { Tone } from "../../components/tone";
import { useSaving } from "../../components/useSaving";
import { useFormat } from "../../lib/format";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";

// While one is collected it is asked for so often, in case the live stream is gone.
const pollMS = 2000;
const spans = { hour: 1, two: 2, six: 6, day: 24 } as const;
type Span = keyof typeof spans | "own";

const tones: Record<LogBundle["state"], Tone> = { collecting: "off", ready: "ok", failed: "bad" };
const nodeIcons: Record<LogBundleNode["state"], IconName> = {
  waiting: "clock",
  collecting: "sync",
  sending: "sync",
  done: "ok",
  failed: "bad",
};
const nodeTones: Record<LogBundleNode["state"], string> = {
  waiting: "t3",
  collecting: "t2",
  sending: "t2",
  done: "ok",
  failed: "bad",
};

/** Collects a bundle, shows how far that is, and has those that are kept. */
export function BundleDrawer(props: { cluster: string; nodes: readonly string[]; open: boolean; onClose: () => void }) {
  const t = useT();
  const can = useCan();
  const { cluster, open } = props;
  const bundles = useQuery({
    ...queries.bundles(cluster),
    enabled: open,
    refetchInterval: (q) => (list(q.state.data?.items).some((b) => b.state === "collecting") ? pollMS : false),
  });
  const busy = list(bundles.data?.items).some((b) => b.state === "collecting");
  return (
    <Drawer open={open} onClose={props.onClose} title={t("logs.bundles")} size={520} destroyOnHidden>
      <div className="col">
        {can("logs.collect") ? (
          <CollectForm cluster={cluster} nodes={props.nodes} busy={busy} />
        ) : (
          <p className="t2">{t("logs.no_permission")}</p>
        )}
        <Query query={bundles} rows={2}>
          {(page) =>
            list(page.items).length === 0 ? (
              <p className="t2">{t("logs.no_bundles")}</p>
            ) : (
              <>
                {list(page.items).map((b) => (
                  <BundleCard key={b.id} bundle={b} />
                ))}
              </>
            )
          }
        </Query>
      </div>
    </Drawer>
  );
}

function hoursAgo(hours: number): string {
  return new Date(Date.now() - hours * 3_600_000).toISOString();
}

/** Span and nodes of a new one. What is wrong with them the server says, at the field. */
function CollectForm({ cluster, nodes, busy }: { cluster: string; nodes: readonly string[]; busy: boolean }) {
  const t = useT();
  const cache = useQueryClient();
  const [span, setSpan] = useState<Span>("two");
  const [since, setSince] = useState("");
  const [until, setUntil] = useState("");
  const [without, setWithout] = useState<readonly string[]>([]);
  const saving = useSaving(() => void cache.invalidateQueries({ queryKey: keys.bundles(cluster) }));
  const errors = errorsBelow(t, saving.fault, "");
  const chosen = nodes.filter((n) => !without.includes(n));
  const why = busy
    ? t("logs.busy")
    : chosen.length === 0
      ? t("logs.no_nodes")
      : span === "own" && !since
        ? t("logs.no_since")
        : "";
  const send = () =>
    saving.save(() =>
      call("logs.collect", {
        path: { cluster },
        body: {
          ...(span === "own"
            ? { since: new Date(since).toISOString(), ...(until ? { until: new Date(until).toISOString() } : {}) }
            : { since: hoursAgo(spans[span]) }),
          ...(without.length > 0 ? { nodes: [...chosen] } : {}),
        },
      }),
    );
  return (
    <Card title={t("logs.collect")} label={t("logs.collect")} pad>
      <Form layout="vertical" component="div" requiredMark={false}>
        <Form.Item
          label={t("events.span")}
          {...(span !== "own" && errors.get("since")
            ? { validateStatus: "error" as const, help: errors.get("since") }
            : {})}
        >
          <Segmented<Span>
            value={span}
            onChange={setSpan}
            options={[
              { value: "hour", label: t("logs.span.hour") },
              { value: "two", label: t("logs.span.two") },
              { value: "six", label: t("logs.span.six") },
              { value: "day", label: t("logs.span.day") },
              { value: "own", label: t("logs.span.own") },
            ]}
          />
        </Form.Item>
        {span === "own" && (
          <div className="row own-span">
            <Form.Item
              label={t("logs.since")}
              htmlFor="bundle-since"
              {...(errors.get("since") ? { validateStatus: "error" as const, help: errors.get("since") } : {})}
            >
              <Input
                id="bundle-since"
                type="datetime-local"
                value={since}
                onChange={(ev) => setSince(ev.target.value)}
              />
            </Form.Item>
            <Form.Item
              label={t("logs.until")}
              htmlFor="bundle-until"
              {...(errors.get("until") ? { validateStatus: "error" as const, help: errors.get("until") } : {})}
            >
              <Input
                id="bundle-until"
                type="datetime-local"
                value={until}
                onChange={(ev) => setUntil(ev.target.value)}
              />
            </Form.Item>
          </div>
        )}
        <Form.Item label={t("logs.nodes")}>
          <Checkbox.Group
            value={[...chosen]}
            options={nodes.map((n) => ({ value: n, label: n }))}
            onChange={(on) => setWithout(nodes.filter((n) => !on.includes(n)))}
          />
        </Form.Item>
      </Form>
      <p className="t2 xs secrets-note">
        <Icon name="shield" size={14} /> {t("logs.secrets")}
      </p>
      {saving.fault && <FaultBox fault={saving.fault} compact />}
      <div className="row">
        <Button
          type="primary"
          icon={<Icon name="plus" />}
          loading={saving.busy}
          disabled={why !== ""}
          title={why}
          onClick={() => void send()}
        >
          {t("logs.collect")}
        </Button>
        {why && <span className="t3 xs">{why}</span>}
      </div>
    </Card>
  );
}

/** One bundle: how far each node is, or where to download it. */
function BundleCard({ bundle }: { bundle: LogBundle }) {
  const t = useT();
  const can = useCan();
  const format = useFormat();
  const faultText = useFaultText();
  const ask = useConfirm();
  const cache = useQueryClient();
  const collecting = bundle.state === "collecting";
  const path = { cluster: bundle.cluster, bundle: bundle.id };
  const remove = () =>
    ask({
      title: t(collecting ? "logs.stop_title" : "logs.delete_title"),
      consequence: <p className="b">{t(collecting ? "logs.stop_text" : "logs.delete_text")}</p>,
      act: t(collecting ? "logs.stop" : "logs.delete"),
      run: async () => {
        const result = await call("logs.delete", { path });
        await cache.invalidateQueries({ queryKey: keys.bundles(bundle.cluster) });
        return result;
      },
    });
  return (
    <Card
      title={`${format.full(bundle.since)} – ${format.time(bundle.until)}`}
      label={t("logs.bundle", { id: bundle.id })}
      extra={
        <>
          <Pill tone={tones[bundle.state]}>{t(`logs.state.${bundle.state}`)}</Pill>
          {can("logs.delete") && (
            <IconButton
              icon={collecting ? "close" : "trash"}
              label={t(collecting ? "logs.stop" : "logs.delete")}
              onClick={remove}
            />
          )}
        </>
      }
      pad
    >
      {collecting && <Progress percent={bundle.percent} size="small" status="active" />}
      <ul className="bundle-nodes">
        {list(bundle.nodes).map((n) => (
          <li key={n.node}>
            <Icon
              name={nodeIcons[n.state]}
              size={14}
              className={nodeIcons[n.state] === "sync" ? "spin" : nodeTones[n.state]}
            />
            <b>{n.node}</b>
            <span className={`grow wrap xs ${n.fault ? "bad" : "t2"}`}>
              {n.fault ? faultText(n.fault).sentence : nodeText(t, n, format.bytes)}
            </span>
          </li>
        ))}
      </ul>
      {bundle.fault && <FaultBox fault={bundle.fault} compact />}
      {bundle.state === "ready" && (
        <div className="row">
          {can("logs.download") && (
            <Button
              type="primary"
              icon={<Icon name="down" />}
              href={pathOf("logs.download", path)}
              download={bundle.file}
            >
              {t("logs.download", { size: format.bytes(bundle.bytes ?? 0) })}
            </Button>
          )}
          {isSet(bundle.expires) && (
            <span className="t3 xs">{t("logs.kept", { until: format.full(bundle.expires), actor: bundle.actor })}</span>
          )}
        </div>
      )}
    </Card>
  );
}

function nodeText(t: ReturnType<typeof useT>, n: LogBundleNode, bytes: (n: number) => string): string {
  if (n.state === "done") return t("logs.node.done", { count: n.files ?? 0, size: bytes(n.bytes ?? 0) });
  if (n.state === "collecting") return t("logs.node.collecting", { source: n.source ?? "" });
  return t(`logs.state.${n.state}`);
}
