// Builds the page's elements. What comes from Coupa or the ERP only ever becomes a text node: there is no
// way in here by which text could become markup.

import { opens } from "./leaving.js";

const ATTRIBUTES = new Set(["id", "class", "type", "name", "value", "role", "href", "lang", "scope", "colspan", "datetime", "open", "checked", "tabindex"]);

/** An element with attributes and children; a child is an element, a text, or nothing. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (ATTRIBUTES.has(name) || name.startsWith("aria-") || name.startsWith("data-")) element.setAttribute(name, value === true ? "" : String(value));
    else throw new Error(`No attribute ${name} here`);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A link that leaves the page in a tab of its own; plain text where the address is not one of the web's. */
export function link(address, ...children) {
  const safe = webAddress(address);
  return safe ? opens(h("a", { href: safe }, ...children)) : h("span", {}, ...children);
}

/** The address, where a browser may go there: never `javascript:` or `data:`, whatever a record says. */
export function webAddress(address) {
  try {
    const url = new URL(address);
    return ["http:", "https:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

export function badge(text, tone = "") {
  return h("span", { class: `badge ${tone}` }, text);
}

/** Put other children in, and end the waiting look; what had the keyboard's focus has it again. */
export function fill(element, ...children) {
  const held = element.contains(document.activeElement) ? nameOf(document.activeElement) : null;
  element.classList.remove("loading");
  element.replaceChildren(...children.flat().filter(Boolean));
  if (held === null) return;
  const again = [...element.querySelectorAll("a, button, summary, input")].find((one) => nameOf(one) === held);
  again?.focus({ preventScroll: true });
}

/** What an element is called, however often it is drawn: a group by its cause, since its count may change. */
function nameOf(element) {
  const group = element.closest("[data-why]")?.dataset.why;
  const words = element.getAttribute("aria-label") ?? (element.tagName === "SUMMARY" ? "" : element.textContent);
  return [element.tagName, group, element.getAttribute("href"), words].join(" ");
}
