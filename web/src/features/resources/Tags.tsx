import { useQuery } from "@tanstack/react-query";
import { Button, Form, Input, Select } from "antd";
import { useState } from "react";

import { queries, useCan } from "../../api/queries";
import type { Resource, Tag, Version } from "../../api/types";
import { Card } from "../../components/Card";
import { useConfirm } from "../../components/Confirm";
import { Icon } from "../../components/Icon";
import { IconButton } from "../../components/IconButton";
import { resourceScenario } from "../../components/scenario";
import { SaveDialog } from "../../components/SaveDialog";
import { useAct } from "../../components/Tracker";
import { useT } from "../../lib/i18n";
import { list } from "../../lib/list";

/** Tags, and what can be done with all that has one. */
export function Tags({ cluster, resources }: { cluster: string; resources: readonly Resource[] }) {
  const t = useT();
  const can = useCan();
  const ask = useConfirm();
  const act = useAct();
  const [open, setOpen] = useState<"new" | Tag>();
  const { data } = useQuery(queries.cluster(cluster));
  const tags = list(data?.config?.tags);
  const version = data?.config?.version;
  const all = (what: "start" | "stop", tag: Tag) =>
    ask({
      title: t(`tag.${what}_title`, { tag: tag.id }),
      consequence: (
        <>
          <p className="b">{t(`tag.${what}_text`)}</p>
          <p className="t2">{list(tag.resources).join(t("common.comma"))}</p>
        </>
      ),
      act: t(`tag.${what}`),
      tone: what === "stop" ? "danger" : "plain",
      forecast: {
        cluster,
        scenario: {
          edits: list(tag.resources).flatMap((id) => list(resourceScenario(what, id, data?.config)?.edits)),
        },
      },
      run: () => act(what === "start" ? "tag.start" : "tag.stop", { path: { cluster, tag: tag.id } }),
    });
  const remove = (tag: Tag) =>
    ask({
      title: t("tag.delete_title", { tag: tag.id }),
      consequence: <p>{t("tag.delete_text")}</p>,
      act: t("tag.delete"),
      run: () => act("tag.delete", { path: { cluster, tag: tag.id } }),
    });
  return (
    <Card
      title={t("tag.title")}
      note={t("tag.note")}
      extra={
        can("tag.create") && (
          <Button size="small" icon={<Icon name="plus" size={14} />} onClick={() => setOpen("new")}>
            {t("tag.create")}
          </Button>
        )
      }
    >
      {tags.length === 0 ? (
        <p className="pad t2">{t("tag.none")}</p>
      ) : (
        <ul className="lines">
          {tags.map((tag) => {
            const members = resources.filter((r) => list(tag.resources).includes(r.id));
            const running = members.filter((r) => list(r.nodes).length > 0).length;
            return (
              <li key={tag.id}>
                <span className="tag">{tag.id}</span>
                <span className="grow">{list(tag.resources).join(t("common.comma"))}</span>
                <span className="t3 num">{t("resources.running_of", { running, total: members.length })}</span>
                {can("tag.start") && (
                  <Button size="small" icon={<Icon name="play" size={14} />} onClick={() => all("start", tag)}>
                    {t("tag.start")}
                  </Button>
                )}
                {can("tag.stop") && (
                  <Button size="small" icon={<Icon name="stop" size={14} />} onClick={() => all("stop", tag)}>
                    {t("tag.stop")}
                  </Button>
                )}
                {can("tag.edit") && (
                  <IconButton icon="edit" label={t("tag.edit_of", { tag: tag.id })} onClick={() => setOpen(tag)} />
                )}
                {can("tag.delete") && (
                  <IconButton icon="trash" label={t("tag.delete_of", { tag: tag.id })} onClick={() => remove(tag)} />
                )}
              </li>
            );
          })}
        </ul>
      )}
      {open && (
        <TagDialog
          cluster={cluster}
          resources={resources}
          {...(open === "new" ? {} : { edited: open })}
          {...(version ? { version } : {})}
          onClose={() => setOpen(undefined)}
        />
      )}
    </Card>
  );
}

function TagDialog({
  cluster,
  resources,
  edited,
  version,
  onClose,
}: {
  cluster: string;
  resources: readonly Resource[];
  edited?: Tag;
  version?: Version;
  onClose: () => void;
}) {
  const t = useT();
  const act = useAct();
  const [id, setID] = useState(edited?.id ?? "");
  const [members, setMembers] = useState<string[]>([...list(edited?.resources)]);
  // What was there when the dialog was opened: whoever is faster is not overwritten.
  const [opened] = useState(version);
  const why =
    edited && JSON.stringify(members) === JSON.stringify(edited.resources)
      ? t("form.unchanged")
      : id.trim() === ""
        ? t("form.needs", { names: t("tag.id") })
        : members.length === 0
          ? t("form.needs", { names: t("tag.resources") })
          : "";
  const send = () =>
    edited
      ? act("tag.edit", {
          path: { cluster, tag: edited.id },
          body: { resources: members, ...(opened ? { version: opened } : {}) },
        })
      : act("tag.create", { path: { cluster }, body: { id: id.trim(), resources: members } });
  return (
    <SaveDialog
      title={edited ? t("tag.edit_title", { tag: edited.id }) : t("tag.create")}
      act={t(edited ? "common.save" : "tag.create")}
      why={why}
      send={send}
      onClose={onClose}
    >
      <Form layout="vertical" component="div" className="col">
        {!edited && (
          <Form.Item className="flat" label={t("tag.id")} htmlFor="tag-id" extra={t("form.id_extra")}>
            <Input id="tag-id" spellCheck={false} value={id} onChange={(ev) => setID(ev.target.value)} />
          </Form.Item>
        )}
        <Form.Item className="flat" label={t("tag.resources")} htmlFor="tag-resources">
          <Select
            id="tag-resources"
            mode="multiple"
            value={members}
            onChange={setMembers}
            options={resources.map((r) => ({ value: r.id, label: r.id }))}
          />
        </Form.Item>
      </Form>
    </SaveDialog>
  );
}
