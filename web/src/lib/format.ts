import { useMemo } from "react";

import { type Language, useLanguage } from "./i18n";

export interface Format {
  /** 22:14:09, or with the date where it is not today. */
  time: (at: string | Date) => string;
  /** Date, time and zone in full, for titles. */
  full: (at: string | Date) => string;
  /** 14 分钟前. */
  ago: (at: string | Date, now?: number) => string;
  /** 18.4 s, from milliseconds. */
  duration: (ms: number) => string;
  bytes: (n: number) => string;
  number: (n: number, digits?: number) => string;
  list: (items: readonly string[]) => string;
  zone: string;
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

/** UTC+8, UTC−3:30. */
export function zoneName(offsetMinutes = -new Date().getTimezoneOffset()): string {
  const sign = offsetMinutes < 0 ? "−" : "+";
  const hours = Math.floor(Math.abs(offsetMinutes) / 60);
  const minutes = Math.abs(offsetMinutes) % 60;
  return `UTC${sign}${hours}${minutes ? `:${String(minutes).padStart(2, "0")}` : ""}`;
}

export function formatFor(language: Language): Format {
  const locale = language === "zh" ? "zh-CN" : "en-GB";
  const clock = new Intl.DateTimeFormat(locale, {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hour12: false,
  });
  const day = new Intl.DateTimeFormat(locale, {
    month: language === "zh" ? "2-digit" : "short",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hour12: false,
  });
  const whole = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium", hour12: false });
  const relative = new Intl.RelativeTimeFormat(locale, {
    numeric: "always",
    style: language === "zh" ? "long" : "short",
  });
  const lists = new Intl.ListFormat(locale, { type: "conjunction", style: language === "zh" ? "narrow" : "long" });
  const plain = (n: number, digits = 0) =>
    new Intl.NumberFormat(locale, { maximumFractionDigits: digits, minimumFractionDigits: digits }).format(n);
  const zone = zoneName();
  const justNow = language === "zh" ? "刚刚" : "just now";

  return {
    time: (at) => {
      const date = new Date(at);
      return date.toDateString() === new Date().toDateString() ? clock.format(date) : day.format(date).replace(",", "");
    },
    full: (at) => `${whole.format(new Date(at))} ${zone}`,
    ago: (at, now = Date.now()) => {
      const seconds = Math.round((new Date(at).getTime() - now) / 1000);
      if (Math.abs(seconds) < 2) return justNow;
      const [unit, size] = steps.find(([, s]) => Math.abs(seconds) >= s) ?? ["second", 1];
      // Chinese sets a space between a number and a word, which Intl leaves out.
      return relative.format(Math.trunc(seconds / size), unit).replaceAll(/(\d)(?=\p{Script=Han})/gu, "$1 ");
    },
    duration: (ms) => {
      if (ms < 1000) return `${Math.round(ms)} ms`;
      if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
      const seconds = Math.round(ms / 1000);
      if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
      return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
    },
    bytes: (n) => {
      const units = ["B", "KiB", "MiB", "GiB", "TiB"];
      let value = n;
      let unit = 0;
      while (value >= 1024 && unit < units.length - 1) {
        value /= 1024;
        unit++;
      }
      return `${plain(value, value < 10 && unit > 0 ? 1 : 0)} ${units[unit]}`;
    },
    number: plain,
    list: (items) => lists.format(items),
    zone,
  };
}

export function useFormat(): Format {
  const { language } = useLanguage();
  return useMemo(() => formatFor(language), [language]);
}
