import type { Fault, FaultField, Host, ManifestContents, MappingNeed, Migration } from "../../api/types";
import { list } from "../../lib/list";
import type { Translate } from "../../lib/i18n";
import { proposeLinks } from "./draft";

/** The file of a cluster, as it was chosen. */
export interface SourceFile {
  name: string;
  yaml: string;
  /** What the file refers to with fromFile, by name: *** for each, which makes it a secret that is asked for. */
  files: Readonly<Record<string, string>>;
}

/** What is called otherwise on the new machines. */
export interface Answers {
  cluster: string;
  /** By the old node's name. */
  nodes: Readonly<Record<string, { host: string; addresses: readonly string[] }>>;
  address: Readonly<Record<string, string>>;
  device: Readonly<Record<string, string>>;
  secret: Readonly<Record<string, string>>;
}

export interface MigrationDraft {
  source: SourceFile;
  contents: ManifestContents;
  answers: Answers;
}

/** Larger the server takes no request; the mapping is in the same one. */
export const mostBytes = 900 * 1024;

/** To begin with: hosts that have a node's name, and a cluster name that is free. */
export function answersFor(contents: ManifestContents, free: readonly Host[], taken: readonly string[]): Answers {
  const empty: Answers = {
    cluster: taken.includes(contents.cluster) ? "" : contents.cluster,
    nodes: {},
    address: {},
    device: {},
    secret: {},
  };
  return list(contents.nodes)
    .filter((node) => free.some((h) => h.name === node))
    .reduce((answers, node) => withHost(contents, answers, free, node, node), empty);
}

/** A node becomes a host. The links follow from all hosts together: whoever wants others chooses them afterwards. */
export function withHost(
  contents: ManifestContents,
  answers: Answers,
  hosts: readonly Host[],
  node: string,
  host: string,
): Answers {
  const chosen = new Map(list(contents.nodes).map((n) => [n, n === node ? host : (answers.nodes[n]?.host ?? "")]));
  const links = proposeLinks([...chosen.values()].flatMap((name) => hosts.find((h) => h.name === name) ?? []));
  const count = list(contents.links).length;
  return {
    ...answers,
    nodes: Object.fromEntries(
      [...chosen]
        .filter(([, name]) => name !== "")
        .map(([n, name]) => [
          n,
          { host: name, addresses: Array.from({ length: count }, (_, link) => links[link]?.[name] ?? "") },
        ]),
    ),
  };
}

/** What has to be answered, each once, with the parameters that use it. */
export function needsOf(
  contents: ManifestContents,
  kind: MappingNeed["kind"],
): { value: string; uses: readonly MappingNeed[] }[] {
  const all = list(contents.needs).filter((n) => n.kind === kind);
  return [...new Set(all.map((n) => n.value))].map((value) => ({ value, uses: all.filter((n) => n.value === value) }));
}

/**
 * The body of config.migrate. JSON is YAML. Secrets are written only into what is applied: the preview, which stays in the
 * browser's history, has *** in their places.
 */
export function migrationOf({ source, contents, answers }: MigrationDraft, withSecrets: boolean) {
  const { cluster, address, device, secret } = answers;
  const hidden = Object.fromEntries(Object.entries(secret).map(([name, value]) => [name, value && "***"]));
  const nodes = given(contents, answers).map((old) => ({
    old,
    new: answers.nodes[old]?.host,
    addresses: answers.nodes[old]?.addresses,
  }));
  return {
    yaml: source.yaml,
    files: { ...source.files },
    mapping: JSON.stringify({
      cluster,
      nodes,
      addresses: address,
      devices: device,
      secrets: withSecrets ? secret : hidden,
    }),
  };
}

/** Nodes that have a host, in the order of the file: that of the set-up, too. */
function given(contents: ManifestContents, answers: Answers): string[] {
  return list(contents.nodes).filter((n) => answers.nodes[n]);
}

/** The field of the form that a fault speaks of, for example address/10.0.0.100; undefined where it is another's. */
function fieldOf(f: FaultField, contents: ManifestContents, answers: Answers): string | undefined {
  if (f.path === "name" || f.path === "cluster") return "cluster";
  if (f.reason === "migrate.node_missing") return `node/${f.args?.name ?? ""}`;
  const node = /^(?:mapping\.)?nodes\[(\d+)\](?:\.addresses\[(\d+)\])?/.exec(f.path);
  if (node) {
    const name = given(contents, answers)[Number(node[1])] ?? "";
    return node[2] ? `link/${name}/${node[2]}` : `node/${name}`;
  }
  const needs = list(contents.needs).filter((n) => n.path === f.path || n.path === `${f.path}_script`);
  const said = Object.values(f.args ?? {});
  const need = needs.find((n) => said.includes(n.value)) ?? needs[0];
  return need && `${need.kind}/${need.value}`;
}

/** What is left out needs no name where its field stands beside it. */
function sentence(t: Translate, f: FaultField): string {
  const left = (["node", "address", "device", "secret"] as const).find(
    (kind) => f.reason === `migrate.${kind}_missing`,
  );
  return left ? t(`import.missing.${left}`) : t.words(f.reason, f.args, f.message);
}

/** What is wrong, by field of the form, and what is left of the fault beside that. */
export function errorsOf(
  t: Translate,
  fault: Fault | undefined,
  { contents, answers }: Pick<MigrationDraft, "contents" | "answers">,
): { errors: ReadonlyMap<string, string>; rest: Fault | undefined } {
  const errors = new Map<string, string>();
  const others = list(fault?.fields).filter((f) => {
    const field = fieldOf(f, contents, answers);
    if (field !== undefined) errors.set(field, sentence(t, f));
    return field === undefined;
  });
  const rest = fault && (errors.size === 0 || others.length > 0) ? { ...fault, fields: others } : undefined;
  return { errors, rest };
}

/** What outlives a reload of the page, in the browser's history: everything but the secrets that were typed. */
export interface Kept {
  draft: MigrationDraft;
  moved?: Migration;
  /** Why what was tried with the draft was refused. */
  fault?: Fault;
}

export function keep(draft: MigrationDraft, more: Omit<Kept, "draft"> = {}): Kept {
  return { ...more, draft: { ...draft, answers: { ...draft.answers, secret: {} } } };
}

export function keptIn(state: unknown): Kept | undefined {
  return isKept(state) ? state : undefined;
}

function isKept(state: unknown): state is Kept {
  if (typeof state !== "object" || state === null || !("draft" in state)) return false;
  const { draft } = state;
  return typeof draft === "object" && draft !== null && ["source", "contents", "answers"].every((key) => key in draft);
}
