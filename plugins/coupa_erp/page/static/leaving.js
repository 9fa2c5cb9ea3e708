// Links out of the page. Airflow shows the page in a frame that may not open windows; the document around it is
// Airflow's own, of the same origin, and may. So there the click is handed on to it.

export function opens(anchor) {
  anchor.target = "_blank";
  anchor.rel = "noopener noreferrer";
  anchor.addEventListener("click", (event) => {
    const around = documentAround();
    if (!around) return;
    event.preventDefault();
    const twin = around.createElement("a");
    twin.href = anchor.href;
    twin.target = "_blank";
    twin.rel = "noopener noreferrer";
    twin.click();
  });
  return anchor;
}

/** Airflow's document, where the page stands in its frame; else null. */
export function documentAround() {
  try {
    return window.parent === window ? null : window.parent.document;
  } catch {
    return null;
  }
}
