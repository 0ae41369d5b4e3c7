// A click on a heading sorts the rows by that column, another click the other way round.
for (const head of document.querySelectorAll("th")) {
  head.addEventListener("click", () => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    for (const other of head.parentNode.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const body = head.closest("table").tBodies[0];
    const key = (row) => {
      const cell = row.cells[head.cellIndex];
      if (cell.dataset.value !== undefined) return Number(cell.dataset.value);
      return head.cellIndex < 2 ? cell.textContent : null;
    };
    const rows = [...body.rows].sort((a, b) => {
      const [x, y] = [key(a), key(b)];
      if (x === null || y === null) return (x === null) - (y === null); // empty ones stay last
      const order = typeof x === "string" ? x.localeCompare(y) : x - y;
      return up ? order : -order;
    });
    body.append(...rows);
  });
}
