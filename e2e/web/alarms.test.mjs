// Smart migration and alarms in a real browser, in both languages, on the true server with an overloaded node; mail goes to a server
// on loopback that this test runs.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { newPage, settled, signIn, startBrowser } from "./browser.mjs";
import { lookAt, shots } from "./looks.mjs";
import { header, startMail } from "./mail.mjs";
import { startServer } from "./sim.mjs";

const c = "/c/demo";
// What a change in the cluster may take on a machine that does much else.
const slowMS = 120_000;

let server;
let browser;
let mail;
let page; // of the language that is tried now

before(async () => {
  mail = await startMail();
  server = await startServer("unwell", undefined, ["--allow-local"]);
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await mail?.stop();
});

/** A test that leaves a picture where it fails. */
const trial = (name, run) =>
  test(name, async () => {
    try {
      await run();
    } catch (err) {
      await page?.screenshot({
        path: `${shots}/failed-${name.replaceAll(/\W+/g, "-")}.png`,
      });
      throw err;
    }
  });

const read = (path) =>
  JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), "utf8"));

/** The console's and the product's own words, so that both languages are tried by the same lines. */
function wordsOf(language) {
  const all = {
    ...read(`web/src/locales/${language}/console.json`),
    ...read(`internal/words/${language}/alarm.json`),
    ...read(`internal/words/${language}/health.json`),
  };
  return (key, args = {}) => {
    if (!all[key]) throw new Error(`${language} has no ${key}`);
    return all[key].replaceAll(/\{\{(\w+)\}\}/g, (_, name) => args[name]);
  };
}

/** A button's two characters may be drawn apart. */
const spaced = (text) =>
  text.length === 2 ? new RegExp(`^${text[0]}\\s?${text[1]}$`) : text;
const button = (name, of = page) =>
  of.getByRole("button", { name: spaced(name), exact: true });

/** Clicks on a button of a dialog once that stands still: what moves away below the pointer is not clicked. */
const press = async (name, of) => {
  await button(name, of).waitFor();
  await settled(page);
  await button(name, of).click();
};

/** Waits until something is so; what is waited for is in no page. */
async function until(what, is) {
  for (const end = Date.now() + slowMS; !is();) {
    if (Date.now() > end) throw new Error(`still waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// Each language has a channel of its own, and an alarm that it takes on.
const languages = [
  { language: "zh", alarm: "alarm.maintenance", object: "n2" },
  { language: "en", alarm: "alarm.health.bad", object: "n1" },
].map((of) => ({
  ...of,
  t: wordsOf(of.language),
  recipient: `${of.language}@site.example`,
}));
const pages = {};
const inLanguage = (language, name, run) =>
  trial(`${language}: ${name}`, () => {
    page = pages[language];
    return run();
  });
const done = (t) =>
  page
    .locator(".toast")
    .getByText(t("operation.succeeded"))
    .first()
    .waitFor({ timeout: slowMS });

for (const { language, t, recipient } of languages) {
  trial(
    `${language}: a threshold that makes no sense is refused, and the page says what another one would do`,
    async () => {
      page = await newPage(browser, { language });
      pages[language] = page;
      await signIn(page, server, `${c}/health`);
      await page
        .getByRole("heading", { level: 1 })
        .getByText(t("health.head.red", { node: "n1" }).trim(), {
          exact: false,
        })
        .waitFor({ timeout: slowMS });
      await page
        .getByRole("group", { name: t("health.runs_of", { node: "n2" }) })
        .waitFor();
      await page
        .getByRole("region", { name: t("health.changes") })
        .getByText("n1", { exact: false })
        .first()
        .waitFor();
      const policy = policyOf(t);
      const field = yellowOf(t);
      // By its text: its name says "loading", too, for as long as that is drawn.
      const ask = policy
        .getByRole("button")
        .filter({ hasText: t("whatif.ask") });
      await field.fill("99");
      await ask.click();
      await policy
        .getByText(t("health.red_below_yellow", { red: "95", yellow: "99" }), {
          exact: true,
        })
        .first()
        .waitFor({ timeout: slowMS });
      await field.fill("70");
      await ask.click();
      await policy
        .getByRole("region", { name: t("whatif.title") })
        .waitFor({ timeout: slowMS });
    },
  );

  inLanguage(
    language,
    "a channel is made, with a test mail before it is saved",
    async () => {
      await page.goto(`${server.url}/alarms/channels`);
      await button(t("channel.create")).click();
      const drawer = page.getByRole("dialog");
      const field = (name) => drawer.getByLabel(name, { exact: true });
      await field(t("channel.name")).fill(`ops-${language}`);
      await field(t("channel.server")).fill("127.0.0.1");
      await drawer
        .getByText(t("channel.security.none"), { exact: true })
        .click();
      await field(t("channel.port")).fill(String(mail.port));
      await field(t("channel.sender")).fill("ha@site.example");
      await field(t("channel.recipient", { number: 1 })).fill(recipient);
      await press(t("channel.test"), drawer);
      await drawer.getByText("2.0.0 Ok: kept").waitFor();
      assert.deepEqual(
        mail.mails.map((m) => m.to).filter((to) => to === recipient),
        [recipient],
      );
      await press(t("common.save"), drawer);
      await drawer.waitFor({ state: "hidden" });
      await page
        .getByRole("cell", { name: `ops-${language}` })
        .first()
        .waitFor();
    },
  );
}

const policyOf = (t) =>
  page.getByRole("region", { name: t("health.policy"), exact: true });
const yellowOf = (t) =>
  policyOf(t)
    .getByRole("region", { name: t("health.kind_name.mem"), exact: true })
    .getByRole("spinbutton", { name: t("health.field.yellow"), exact: true });

inLanguage(
  "zh",
  "a threshold is set, and a node goes into maintenance",
  async () => {
    const { t } = languages[0];
    await page.goto(`${server.url}${c}/health`);
    await yellowOf(t).fill("70");
    await policyOf(t)
      .getByRole("button")
      .filter({ hasText: t("whatif.ask") })
      .click();
    await policyOf(t)
      .getByRole("region", { name: t("whatif.title") })
      .waitFor({ timeout: slowMS });
    await press(t("common.save"), policyOf(t));
    await done(t);
    await page.reload();
    await yellowOf(t).waitFor();
    assert.equal(await yellowOf(t).inputValue(), "70");

    await page.goto(`${server.url}/alarms/rules`);
    await page
      .getByRole("button", {
        name: t("alertrule.edit_of", { name: "default" }),
      })
      .click();
    const rule = page.getByRole("dialog");
    await rule.getByLabel(t("alertrule.wait")).fill("0");
    await press(t("common.save"), rule);
    await rule.waitFor({ state: "hidden" });

    for (const { recipient } of languages) mail.later.add(recipient);
    await page.goto(`${server.url}${c}/nodes`);
    await button(t("node.actions_of", { name: "n2" })).click();
    await page
      .getByRole("menuitem", { name: t("node.maintenance.short") })
      .click();
    const asks = page.getByRole("dialog");
    await asks
      .getByRole("region", { name: t("whatif.title") }) // it moves the button
      .waitFor({ timeout: slowMS });
    await press(t("node.maintenance.act", { name: "n2" }), asks);
    await done(t);
  },
);

for (const { language, t, recipient, alarm, object } of languages) {
  inLanguage(
    language,
    "a mail that was put off is sent on a click",
    async () => {
      await page.goto(`${server.url}/alarms/messages`);
      const retry = button(t("message.retry_of", { who: recipient }));
      await page
        .getByRole("listitem")
        .filter({ has: retry })
        .getByText("greylisted", { exact: false })
        .waitFor();
      const got = () => mail.mails.filter((m) => m.to === recipient);
      const before = got().length; // the test, and what was told before mails were put off
      mail.later.delete(recipient);
      await retry.click();
      await retry.waitFor({ state: "detached" });
      await page.goto(`${server.url}/alarms/messages?which=sent`);
      await page
        .getByRole("listitem")
        .filter({ hasText: recipient })
        .getByText(t("message.state.sent"))
        .first()
        .waitFor();
      // Each mail once, none of it a possible repeat: that it was put off was certain.
      await until("the mail", () => got().length > before);
      const names = got().map((m) => header(m, "Message-ID"));
      assert.equal(new Set(names).size, names.length);
      assert.match(header(got()[before], "Subject"), /demo/);
      assert.ok(got().every((m) => !header(m, "X-Hawser-Possible-Repeat")));
    },
  );

  inLanguage(
    language,
    "an alarm is acknowledged and silenced, and the silence is ended",
    async () => {
      await page.goto(`${server.url}/alarms`);
      await page
        .getByRole("row")
        .filter({ hasText: object })
        .getByRole("link", { name: t(alarm) })
        .click();
      const drawer = page.getByRole("region", { name: t(alarm) });
      await press(t("alarms.ack"), drawer);
      const ack = page
        .getByRole("dialog")
        .filter({ hasText: t("alarms.ack_title", { title: t(alarm) }) });
      await ack.getByLabel(t("alarms.ack_note")).fill(`seen-${language}`);
      await press(t("alarms.ack"), ack);
      await drawer.getByText(`seen-${language}`).waitFor();
      await button(t("alarms.ack"), drawer).waitFor({ state: "detached" });

      await press(t("silence.create"), drawer);
      const silence = page
        .getByRole("dialog")
        .filter({ hasText: t("silence.title") });
      await silence.getByLabel(t("silence.reason")).fill(`quiet-${language}`);
      await press(t("silence.create"), silence);
      await silence.waitFor({ state: "hidden" });
      await page.goto(`${server.url}/alarms/silences`);
      const row = page
        .getByRole("row")
        .filter({ hasText: `quiet-${language}` });
      await row.getByText(t("silence.active")).waitFor();
      await row.getByRole("button").click();
      await press(t("silence.end"), page.getByRole("dialog"));
      await row.getByRole("button").waitFor({ state: "detached" });
    },
  );

  inLanguage(
    language,
    "nothing went wrong in the page that all of this was done in",
    () => {
      assert.deepEqual(page.problems, []);
    },
  );
}

const views = {
  "health-unwell": [`${c}/health`],
  alarms: ["/alarms"],
  alarm: ["/alarms/1"],
  channels: ["/alarms/channels"],
  messages: ["/alarms/messages?which=sent"],
};

lookAt("smart migration and alarms", views, () => ({ server, browser }), {
  width: 1280,
  height: 1300,
});
