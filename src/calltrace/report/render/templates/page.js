"use strict";
(() => {
  const key = (cell) => {
    if (cell.dataset.s) return Number(cell.dataset.s);
    const time = cell.querySelector("time");
    if (time) return Date.parse(time.dateTime);
    const text = cell.textContent.trim();
    const number = /^[<>]?\s*[-−+]?[\d.,]/.test(text) ? parseFloat(text.replace(/[<>,\s]/g, "").replace("−", "-")) : NaN;
    return Number.isNaN(number) ? text : number;
  };
  const order = (a, b, up) => {
    const none = (one) => one === "" || one === "-" || one === "?";
    if (none(a) || none(b)) return none(a) - none(b);
    return up ? compare(a, b) : compare(b, a);
  };
  const compare = (a, b) => {
    if (typeof a === "number" && typeof b === "number") return a - b;
    if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
    return a.localeCompare(b, "en", { numeric: true });
  };
  for (const table of document.querySelectorAll("table.sort")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const rows = [...table.tBodies[0].rows].map((row) => [key(row.cells[column]), row]);
        rows.sort((a, b) => order(a[0], b[0], up));
        table.tBodies[0].append(...rows.map((pair) => pair[1]));
      });
    });
    if (table.tBodies[0].rows.length < 25) continue;
    const field = document.createElement("input");
    field.type = "search";
    field.placeholder = "Show rows with …";
    field.setAttribute("aria-label", "Show only rows with these words: " + (table.caption ? table.caption.textContent : ""));
    table.closest(".scroll").before(field);
    field.addEventListener("input", () => {
      const wanted = field.value.toLowerCase().split(/\s+/);
      for (const row of table.tBodies[0].rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !wanted.every((word) => text.includes(word));
      }
    });
  }
  const reveal = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    if (target) target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();
})();
