import i18next from "i18next";
import { createContext, type ReactNode, use, useLayoutEffect, useMemo, useState } from "react";

import zh from "../locales/zh/console.json";

/** A key of the console's own texts; plural forms are one key. */
export type MessageKey = keyof typeof zh;
export type Language = "zh" | "en";
export type Args = Record<string, string | number | undefined>;

const storageKey = "hawser.language";
const own: Record<Language, () => Promise<Record<string, string>>> = {
  zh: () => Promise.resolve(zh),
  en: async () => (await import("../locales/en/console.json")).default,
};

// The sentences that the server's codes stand for; the command line speaks from the same files.
const shared: Record<Language, Record<string, () => Promise<unknown>>> = {
  zh: import.meta.glob(["../../../internal/words/zh/*.json", "!../../../internal/words/zh/{cli,vendor}.json"], {
    import: "default",
  }),
  en: import.meta.glob(["../../../internal/words/en/*.json", "!../../../internal/words/en/{cli,vendor}.json"], {
    import: "default",
  }),
};

function isCatalogue(value: unknown): value is Record<string, string> {
  return typeof value === "object" && value !== null;
}

async function load(language: Language): Promise<void> {
  if (i18next.hasResourceBundle(language, "console")) return;
  const texts = await own[language]();
  // The console has sentences of its own for what the server does not know of, for example that it does not answer.
  const words: Record<string, string> = { ...texts };
  const files = await Promise.all(Object.values(shared[language]).map((file) => file()));
  for (const file of files) if (isCatalogue(file)) Object.assign(words, file);
  i18next.addResourceBundle(language, "console", texts);
  i18next.addResourceBundle(language, "words", words);
}

export function preferredLanguage(): Language {
  const stored = localStorage.getItem(storageKey);
  if (stored === "zh" || stored === "en") return stored;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** Must have finished before the first page is drawn. */
export async function startI18n(language: Language = preferredLanguage()): Promise<void> {
  if (!i18next.isInitialized) {
    await i18next.init({
      lng: language,
      fallbackLng: false,
      ns: ["console", "words"],
      defaultNS: "console",
      showSupportNotice: false,
      keySeparator: false,
      nsSeparator: false,
      // React escapes what it draws.
      interpolation: { escapeValue: false },
      resources: {},
    });
  }
  await load(language);
  await i18next.changeLanguage(language);
}

interface LanguageValue {
  language: Language;
  change: (language: Language) => Promise<void>;
}

const LanguageContext = createContext<LanguageValue>({ language: "zh", change: () => Promise.resolve() });

export function useLanguage(): LanguageValue {
  return use(LanguageContext);
}

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(() => (i18next.language === "en" ? "en" : "zh"));

  useLayoutEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  }, [language]);

  const value = useMemo<LanguageValue>(
    () => ({
      language,
      change: async (next) => {
        await startI18n(next);
        localStorage.setItem(storageKey, next);
        setLanguage(next);
      },
    }),
    [language],
  );
  return <LanguageContext value={value}>{children}</LanguageContext>;
}

/** A name after a word: with a space, but for a Chinese name in a Chinese sentence. */
export function spaced(t: Translate, name: string | undefined): string {
  return t.language === "zh" && !/^[\x21-\x7e]/.test(name ?? "") ? (name ?? "") : ` ${name}`;
}

/** What stands between two sentences: nothing in Chinese, whose full stop is wide enough. */
export function gap(t: Translate): string {
  return t.language === "zh" ? "" : " ";
}

export interface Translate {
  (key: MessageKey, args?: Args): string;
  /** The sentence of a code from the server; otherwise stands where the catalogue has none. */
  words: (code: string, args?: Args | Record<string, string> | null, otherwise?: string) => string;
  language: Language;
}

/** The texts in the language that is chosen; a component that uses it is drawn again when the language changes. */
export function useT(): Translate {
  const { language } = useLanguage();
  return useMemo(() => {
    const fixed = i18next.getFixedT(language, "console");
    const words = i18next.getFixedT(language, "words");
    return Object.assign((key: MessageKey, args?: Args) => fixed(String(key), { ...args }), {
      words: (code: string, args?: Args | Record<string, string> | null, otherwise?: string) => {
        // The blanks "route", "kind" and "event" are filled with words of their own, as the command line does.
        const named: Args = { ...args };
        if (named.route !== undefined) named.route = words(`route.${named.route}`, { defaultValue: named.route });
        if (named.kind !== undefined) named.kind = words(`health.kind.${named.kind}`, { defaultValue: named.kind });
        if (named.event !== undefined)
          named.event = words(`budget.event.${named.event}`, { defaultValue: named.event });
        return words(code, { ...named, defaultValue: otherwise ?? code });
      },
      language,
    });
  }, [language]);
}
