import { useCan } from "../../api/queries";
import type { ResourceConfig } from "../../api/types";
import { Card } from "../../components/Card";
import { useConfirm } from "../../components/Confirm";
import { IconButton } from "../../components/IconButton";
import { useAct } from "../../components/Tracker";
import { useT } from "../../lib/i18n";
import { list } from "../../lib/list";

/** The members of a group in their order, which can be changed; or what a clone or bundle holds. */
export function Members({ cluster, of }: { cluster: string; of: ResourceConfig }) {
  const t = useT();
  const can = useCan();
  const ask = useConfirm();
  const act = useAct();
  const members = list(of.members);
  const place = (id: string, what: "up" | "down" | "out") => {
    const at = members.findIndex((m) => m.id === id);
    const before = what === "up" ? members[at - 1]?.id : members[at + 2]?.id;
    const body = what === "out" ? {} : { group: of.id, ...(before ? { before } : {}) };
    ask({
      title: t(`members.${what}_title`, { id, group: of.id }),
      consequence: <p>{t(what === "out" ? "members.out_text" : "members.order_text", { id, group: of.id })}</p>,
      act: t(`members.${what}`),
      forecast: { cluster, scenario: { edits: [{ op: "resource.place", id, ...body }] } },
      run: () => act("resource.place", { path: { cluster, resource: id }, body }),
    });
  };
  const ordered = of.kind === "group" && can("resource.place");
  return (
    <Card title={t("form.members")} note={of.kind === "group" ? t("form.members_note") : undefined}>
      <ol className="lines">
        {members.map((m, i) => (
          <li key={m.id}>
            <span className="b">{m.id}</span>
            <span className="t3 grow ell">{m.agent}</span>
            {ordered && (
              <>
                <IconButton
                  icon="down"
                  flip
                  disabled={i === 0}
                  label={t("protect.up", { node: m.id })}
                  onClick={() => place(m.id, "up")}
                />
                <IconButton
                  icon="down"
                  disabled={i === members.length - 1}
                  label={t("protect.down", { node: m.id })}
                  onClick={() => place(m.id, "down")}
                />
                <IconButton
                  icon="out"
                  disabled={members.length === 1}
                  label={t("members.out_of", { id: m.id })}
                  onClick={() => place(m.id, "out")}
                />
              </>
            )}
          </li>
        ))}
      </ol>
    </Card>
  );
}
