import { App as AntApp, ConfigProvider, theme as antTheme, type ThemeConfig } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import { createContext, type ReactNode, use, useLayoutEffect, useMemo, useState } from "react";

import { useLanguage } from "./i18n";
import { fontFamily, monoFamily, palettes, type ThemeName } from "./tokens";
import { useMedia } from "./useMedia";

const storageKey = "hawser.theme";

function configFor(name: ThemeName, still: boolean): ThemeConfig {
  const p = palettes[name];
  return {
    // The dark algorithm mutes the colours that it is given; ours are chosen for the dark already.
    algorithm: (seed) => ({
      ...(name === "dark" ? antTheme.darkAlgorithm : antTheme.defaultAlgorithm)(seed),
      colorPrimary: p.accent,
      colorPrimaryHover: p["accent-h"],
      colorPrimaryActive: p["accent-h"],
      colorPrimaryBg: p["accent-bg"],
      colorPrimaryBorder: p["accent-line"],
      colorPrimaryText: p.accent,
      colorInfo: p.accent,
      colorSuccess: p.ok,
      colorError: p.bad,
      colorErrorText: p.bad,
      colorLink: p.accent,
      colorLinkHover: p["accent-h"],
      colorLinkActive: p["accent-h"],
    }),
    token: {
      colorPrimary: p.accent,
      colorInfo: p.accent,
      colorLink: p.accent,
      colorLinkHover: p["accent-h"],
      colorSuccess: p.ok,
      colorWarning: p["warn-fill"],
      colorError: p.bad,
      colorText: p.t1,
      colorTextSecondary: p.t2,
      colorTextTertiary: p.t3,
      colorTextDescription: p.t3,
      colorTextPlaceholder: p.t3,
      colorTextLightSolid: p["on-accent"],
      colorBgLayout: p.bg,
      colorBgContainer: p.card,
      colorBgElevated: p.raise,
      colorBorder: p.line,
      colorBorderSecondary: p.line2,
      colorSplit: p.line2,
      borderRadius: 6,
      borderRadiusSM: 4,
      borderRadiusLG: 8,
      fontSize: 13,
      fontSizeSM: 12,
      fontFamily,
      fontFamilyCode: monoFamily,
      controlHeight: 32,
      controlHeightSM: 24,
      lineHeight: 20 / 13,
      wireframe: false,
      motion: !still,
      motionDurationMid: "0.12s",
      motionDurationSlow: "0.16s",
    },
    components: {
      Button: { primaryShadow: "none", defaultShadow: "none", dangerShadow: "none", contentFontSize: 13 },
      Table: {
        headerBg: p.head,
        headerColor: p.t2,
        headerSplitColor: "transparent",
        cellPaddingBlock: 8,
        cellPaddingInline: 8,
        cellPaddingBlockSM: 5,
        cellPaddingInlineSM: 8,
        rowHoverBg: p.hover,
        rowSelectedBg: p["accent-bg"],
        rowSelectedHoverBg: p["accent-bg"],
        borderColor: p.line2,
      },
      Segmented: { trackBg: p["off-bg"], itemSelectedBg: p.raise, itemColor: p.t2 },
      Drawer: { paddingLG: 20 },
      Form: { verticalLabelPadding: "0 0 4px", itemMarginBottom: 16 },
      Steps: { iconSize: 24 },
      // What is to be ticked must be seen: 3:1 against the card.
      Checkbox: { colorBorder: p.field },
      Radio: { colorBorder: p.field },
      Tooltip: { colorBgSpotlight: p.rail, colorTextLightSolid: p["rail-hi"] },
    },
  };
}

interface ThemeValue {
  theme: ThemeName;
  toggle: () => void;
}

const ThemeContext = createContext<ThemeValue>({ theme: "light", toggle: () => undefined });

export function useTheme(): ThemeValue {
  return use(ThemeContext);
}

function initial(): ThemeName {
  const stored = localStorage.getItem(storageKey);
  if (stored === "light" || stored === "dark") return stored;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Gives the design's tokens to Ant Design and, as CSS variables, to our own styles. */
export function ThemeProvider({ children }: { children: ReactNode }) {
  const [theme, setTheme] = useState(initial);
  const { language } = useLanguage();

  useLayoutEffect(() => {
    const root = document.documentElement;
    root.dataset.theme = theme;
    root.style.colorScheme = theme;
    for (const [name, value] of Object.entries(palettes[theme])) root.style.setProperty(`--${name}`, value);
    root.style.setProperty("--font", fontFamily);
    root.style.setProperty("--mono", monoFamily);
  }, [theme]);

  const value = useMemo<ThemeValue>(
    () => ({
      theme,
      toggle: () => {
        const next = theme === "light" ? "dark" : "light";
        localStorage.setItem(storageKey, next);
        setTheme(next);
      },
    }),
    [theme],
  );
  const still = useMedia("(prefers-reduced-motion: reduce)");
  const config = useMemo(() => configFor(theme, still), [theme, still]);

  return (
    <ThemeContext value={value}>
      <ConfigProvider theme={config} locale={language === "zh" ? zhCN : enUS} button={{ autoInsertSpace: false }}>
        <AntApp component={false}>{children}</AntApp>
      </ConfigProvider>
    </ThemeContext>
  );
}
