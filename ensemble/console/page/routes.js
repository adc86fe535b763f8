// Which page is shown: the path says it, and the query which filters are set.

import { signal } from "@preact/signals";

const read = () => ({ path: location.pathname, query: new URLSearchParams(location.search) });

export const route = signal(read());
addEventListener("popstate", () => (route.value = read()));

/** Show another page. @param {string} to */
export function go(to) {
  if (to !== location.pathname + location.search) history.pushState(null, "", to);
  route.value = read();
}

/** Change a part of the query, in place. @param {Record<string, string>} changed */
export function filter(changed) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changed)) value ? query.set(name, value) : query.delete(name);
  const text = query.toString();
  history.replaceState(null, "", location.pathname + (text ? `?${text}` : ""));
  route.value = read();
}

/** Follow a link within the page, unless another tab is asked for. @param {MouseEvent} event */
export function follow(event) {
  const link = /** @type {Element} */ (event.target).closest?.("a[href^='/']");
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || link.hasAttribute("download")) return;
  event.preventDefault();
  go(link.getAttribute("href"));
}

/** The page of a workflow. @param {string} key */
export const workflowPath = (key) => `/workflow/${encodeURIComponent(key)}`;
