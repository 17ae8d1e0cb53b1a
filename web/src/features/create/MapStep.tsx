import { useQuery } from "@tanstack/react-query";
import { Form, Input } from "antd";
import { Link } from "react-router";

import { queries } from "../../api/queries";
import type { Host } from "../../api/types";
import { sharedDevices } from "../../components/devices";
import { Icon } from "../../components/Icon";
import { useT } from "../../lib/i18n";
import { list } from "../../lib/list";
import { MapNodes } from "./MapNodes";
import { MapValues } from "./MapValues";
import type { Answers, MigrationDraft } from "./mapping";

/** What is called otherwise over there: the cluster, its nodes and their links, what stands in parameters. */
export function MapStep({
  draft: { contents, answers },
  hosts,
  into,
  errors,
  onChange,
}: {
  draft: MigrationDraft;
  hosts: readonly Host[];
  /** The new cluster, where it has been made already. */
  into: string | undefined;
  errors: ReadonlyMap<string, string>;
  onChange: (answers: Answers) => void;
}) {
  const t = useT();
  const { data: clusters } = useQuery(queries.clusters());
  const taken = list(clusters?.items).some((c) => c.name === contents.cluster) && !into;
  const missing = list(contents.nodes).length - hosts.length;
  const chosen = Object.values(answers.nodes).flatMap((a) => hosts.find((h) => h.name === a.host) ?? []);
  const nameError = errors.get("cluster");
  return (
    <Form layout="vertical" component="div" requiredMark={false}>
      <Form.Item
        label={t("import.new_cluster")}
        htmlFor="new-cluster"
        extra={
          taken && (answers.cluster === "" || answers.cluster === contents.cluster)
            ? t("import.name_taken", { name: contents.cluster })
            : t("create.name_rule")
        }
        {...(nameError ? { validateStatus: "error", help: nameError } : {})}
      >
        <Input
          id="new-cluster"
          className="new-cluster"
          spellCheck={false}
          maxLength={15}
          disabled={into !== undefined}
          value={answers.cluster}
          onChange={(ev) => onChange({ ...answers, cluster: ev.target.value.trim() })}
        />
      </Form.Item>
      <div className="col">
        <section className="col tight">
          <div className="row">
            <h3>{t("import.nodes")}</h3>
            <span className="t3 xs">{t("import.nodes_text")}</span>
          </div>
          {missing > 0 && (
            <p className="note-box v-warn">
              <Icon name="warn" />
              <span>
                {t("import.few_hosts", { count: missing })} <Link to="/hosts">{t("hosts.enrol")}</Link>
              </span>
            </p>
          )}
          <MapNodes contents={contents} answers={answers} hosts={hosts} errors={errors} onChange={onChange} />
        </section>
        {(["address", "device", "secret"] as const).map((kind) => (
          <MapValues
            key={kind}
            kind={kind}
            contents={contents}
            answers={answers}
            devices={chosen.length > 0 ? sharedDevices(chosen) : []}
            errors={errors}
            onChange={onChange}
          />
        ))}
      </div>
    </Form>
  );
}
