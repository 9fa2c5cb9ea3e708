// Light or dark: as Airflow shows itself, else as Airflow was last told in this browser, else as the system is.

import { documentAround } from "./leaving.js";

const KNOWN = ["light", "dark"];

function themeOfAirflow() {
  const around = documentAround();
  if (around) {
    const shown = KNOWN.find((theme) => around.documentElement.classList.contains(theme));
    if (shown) return shown;
  }
  try {
    const kept = localStorage.getItem("theme");
    if (KNOWN.includes(kept)) return kept;
  } catch {
    // A browser may refuse storage: then the system decides.
  }
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Follow the theme; `changed` is called whenever it becomes another. */
export function followTheme(changed) {
  const root = document.documentElement;
  const apply = () => {
    const theme = themeOfAirflow();
    if (root.dataset.theme === theme) return;
    root.dataset.theme = theme;
    changed();
  };
  apply();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
  addEventListener("storage", apply);
  const around = documentAround();
  if (around) new MutationObserver(apply).observe(around.documentElement, { attributeFilter: ["class"] });
}

/** A colour of the theme by its name in tokens.css. */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
