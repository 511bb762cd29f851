// Rows that sort by any column, and long lists that begin short.
export function sortTables() {
  for (const table of document.querySelectorAll("table.rows")) {
    if (!table.querySelector("td[data-sort]")) continue;
    for (const head of table.querySelectorAll("thead th:not(.fixed)")) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => sortBy(head, table));
    }
  }
}

function sortBy(head, table) {
  const isUp = head.ariaSort !== "ascending";
  for (const each of table.querySelectorAll("th[aria-sort]")) each.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", isUp ? "ascending" : "descending");
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => [row.cells[head.cellIndex].dataset.sort, row]);
  const areNumbers = body.rows[0].cells[head.cellIndex].classList.contains("number");
  const compare = areNumbers ? (a, b) => a - b : (a, b) => a.localeCompare(b);
  rows.sort(([a], [b]) => (a === "") - (b === "") || (isUp ? compare(a, b) : compare(b, a)));
  body.append(...rows.map(([, row]) => row));
}

export function shortenLists() {
  for (const list of document.querySelectorAll("ul:has(> .later), ol:has(> .later)")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "all-of";
    button.textContent = `All ${list.children.length}`;
    button.addEventListener("click", () => {
      list.classList.add("all");
      list.querySelector(".later a")?.focus();
      button.remove();
    });
    list.after(button);
  }
}
