import type { ManifestContents, ResourceConfig } from "../../api/types";
import { Icon } from "../../components/Icon";
import { useFormat } from "../../lib/format";
import { useT } from "../../lib/i18n";
import { list } from "../../lib/list";

/** What is in the file of a cluster, and what of it stays where it is. */
export function FileContents({ contents }: { contents: ManifestContents }) {
  const t = useT();
  const format = useFormat();
  const nodes = list(contents.nodes);
  const links = list(contents.links);
  const resources = list(contents.resources);
  return (
    <section className="col" aria-label={t("import.contents")}>
      <dl className="kv left">
        <dt>{t("import.old_cluster")}</dt>
        <dd className="b">{contents.cluster}</dd>
        <dt>{t("menu.nodes")}</dt>
        <dd>{format.list(nodes)}</dd>
        {links.map((link) => (
          <div key={link.number} className="contents">
            <dt>{t("heartbeat.link", { link: link.number })}</dt>
            <dd className="mono">{list(link.addresses).join(" · ")}</dd>
          </div>
        ))}
        <dt>{t("import.constraints")}</dt>
        <dd>{contents.constraints}</dd>
        <dt>{t("menu.resources")}</dt>
        <dd>
          {resources.length === 0 ? (
            t("common.none")
          ) : (
            <ul className="file-resources">
              {resources.map((r) => (
                <FileResource key={r.id} resource={r} />
              ))}
            </ul>
          )}
        </dd>
      </dl>
      {list(contents.stays).map((what) => (
        <p key={what} className="note-box v-warn">
          <Icon name="warn" />
          {t(`import.stays.${what}`)}
        </p>
      ))}
    </section>
  );
}

function FileResource({ resource: r }: { resource: ResourceConfig }) {
  const t = useT();
  const members = list(r.members);
  return (
    <li>
      <b>{r.id}</b>{" "}
      <span className="t3">{r.agent ? <span className="mono xs">{r.agent}</span> : t(`kind.${r.kind}`)}</span>
      {members.length > 0 && (
        <ul>
          {members.map((m) => (
            <FileResource key={m.id} resource={m} />
          ))}
        </ul>
      )}
    </li>
  );
}
