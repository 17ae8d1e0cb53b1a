import { Button, Input } from "antd";
import { useState } from "react";

import { Icon } from "../../components/Icon";
import { useT } from "../../lib/i18n";
import { type Group, groupsOfCode, readGroups } from "./code";
import { GiveFile } from "./GiveFile";
import { Proposal } from "./Proposal";
import { useActivation } from "./useActivation";

/** An activation code: typed, pasted, or from a file or picture. Each group is looked at while it is typed. */
export function Activate({ waiting }: { waiting: number }) {
  const t = useT();
  const [typed, setTyped] = useState("");
  const activation = useActivation();
  const groups = readGroups(typed);
  const bad = groups.flatMap((g, i) => (g.state === "bad" ? [i + 1] : []));
  const good = groups.filter((g) => g.state === "ok").length;
  const whole = good === groupsOfCode && groups.length === groupsOfCode;
  const note = () => {
    if (groups.length === 0) return t("license.groups_none");
    if (bad.length > 0) return t("license.groups_bad", { groups: bad.join(t("common.comma")) });
    if (groups.length > groupsOfCode) return t("license.groups_more", { count: groupsOfCode });
    return whole ? t("license.groups_all") : t("license.groups_good", { good, all: groupsOfCode });
  };
  return (
    <div className="col license-code">
      <Input.TextArea
        className="mono"
        aria-label={t("license.code")}
        aria-describedby="license-code-note"
        autoSize={{ minRows: 3, maxRows: 8 }}
        spellCheck={false}
        autoComplete="off"
        placeholder={t("license.code_placeholder")}
        value={typed}
        onChange={(ev) => {
          setTyped(ev.target.value);
          activation.reset();
        }}
        {...(bad.length > 0 ? { status: "error" as const } : {})}
      />
      {groups.length > 0 && <Groups groups={groups} />}
      <p id="license-code-note" className={bad.length > 0 ? "xs bad row" : "xs t3 row"} role="status">
        <Icon name={bad.length > 0 ? "bad" : whole ? "ok" : "info"} size={14} />
        {note()}
      </p>
      <div className="row wrap">
        <Button
          type="primary"
          disabled={!whole}
          loading={activation.busy}
          onClick={() => void activation.look({ text: typed })}
        >
          {t("license.check_code")}
        </Button>
        <GiveFile
          label={t("license.from_file")}
          onGiven={(given) => {
            setTyped("");
            void activation.look(given);
          }}
          onUnreadable={activation.refuse}
        />
        {waiting === 0 && <span className="t3 xs">{t("license.no_request")}</span>}
      </div>
      <Proposal activation={activation} onDone={() => setTyped("")} />
    </div>
  );
}

/** Every group with its number, so that the one with the typing error is found on paper, too. */
function Groups({ groups }: { groups: readonly Group[] }) {
  return (
    <ol className="license-groups" aria-hidden>
      {groups.map((g, i) => (
        // Groups have no names but their places.
        // oxlint-disable-next-line react/no-array-index-key
        <li key={i} className={g.state} data-place={i + 1}>
          {g.text}
        </li>
      ))}
    </ol>
  );
}
