// What a page can do beside being read: tables that sort and filter, layers of the heat map, a theme. Without it the page is
// whole; every control is made here, so that none is there that does nothing.
"use strict";
(() => {
  const make = (name, properties, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // Storage may be forbidden to a page from disk; the theme is then forgotten with the page.
  const store = {
    get(key) { try { return localStorage.getItem(key); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(key, value); } catch { /* as said above */ } },
  };

  function theme() {
    const names = ["auto", "light", "dark"];
    const button = make("button", { type: "button", className: "theme" });
    const show = (name) => {
      if (name === "auto") delete document.documentElement.dataset.theme;
      else document.documentElement.dataset.theme = name;
      button.textContent = `Theme: ${name}`;
    };
    let chosen = names.includes(store.get("talktrack-theme")) ? store.get("talktrack-theme") : "auto";
    show(chosen);
    button.addEventListener("click", () => {
      chosen = names[(names.indexOf(chosen) + 1) % names.length];
      store.set("talktrack-theme", chosen);
      show(chosen);
    });
    document.querySelector(".top .wrap").append(button);
  }

  const valueOf = (row, column, numeric) => {
    const cell = row.cells[column];
    if (!numeric) return cell ? cell.innerText.trim() : "";
    return cell && cell.dataset.v !== undefined ? Number(cell.dataset.v) : null;
  };

  // What has no value stands last, whichever way the column is sorted.
  const compare = (a, b, direction) => {
    const [left, right] = [a.value, b.value].map((value) => value === null || value === "");
    if (left || right) return left - right || a.place - b.place;
    const order = typeof a.value === "number" ? a.value - b.value : a.value.localeCompare(b.value, "en", { numeric: true });
    return order * direction || a.place - b.place;
  };

  function sortable(table) {
    const body = table.tBodies[0];
    const original = [...body.rows];
    const headings = all("th[data-col]", table.tHead);
    for (const heading of headings) {
      const numeric = heading.dataset.num !== undefined;
      const first = numeric ? "descending" : "ascending";
      const button = make("button", { type: "button", className: "sort" }, ...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => {
        const now = heading.getAttribute("aria-sort");
        const next = !now ? first : now !== first ? null : first === "ascending" ? "descending" : "ascending";
        for (const other of headings) other.removeAttribute("aria-sort");
        // Emptied first, since moving rows one by one costs a browser far more in a large table.
        body.replaceChildren();
        if (!next) return body.append(...original);
        heading.setAttribute("aria-sort", next);
        const column = Number(heading.dataset.col);
        const rows = original.map((row, place) => ({ row, place, value: valueOf(row, column, numeric) }));
        rows.sort((a, b) => compare(a, b, next === "ascending" ? 1 : -1));
        body.append(...rows.map(({ row }) => row));
      });
    }
  }

  const tagsOf = (row, group) => (row.dataset[`t${group}`] ?? "").split("\n").filter(Boolean);

  let controls = 0;
  function labelled(text, control) {
    control.id = `control-${++controls}`;
    return make("div", {}, make("label", { textContent: text, htmlFor: control.id }), control);
  }

  function choice(label, options, changed) {
    const select = make("select", {}, ...options.map(([value, text]) => make("option", { value, textContent: text })));
    select.addEventListener("change", changed);
    return { select, labelled: labelled(label, select) };
  }

  // Rows that a reader looks for: by words, and by what the table's groups say of them.
  function filterable(table, bar) {
    const rows = [...table.tBodies[0].rows];
    const search = make("input", { type: "search", placeholder: "Any words of a row" });
    const count = make("output", { className: "count" });
    const groups = (table.dataset.groups ?? "").split("\n").filter(Boolean);
    const texts = new Map();
    const textOf = (row) => {
      if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
      return texts.get(row);
    };
    const apply = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const fits = words.every((word) => textOf(row).includes(word))
          && choices.every(({ select }, group) => !select.value || tagsOf(row, group).includes(select.value));
        row.hidden = !fits;
        shown += fits;
      }
      count.value = `${shown} of ${rows.length} rows`;
    };
    const choices = groups.map((group, number) => {
      const values = [...new Set(rows.flatMap((row) => tagsOf(row, number)))];
      values.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
      return choice(group, [["", "all"], ...values.map((value) => [value, value])], apply);
    });
    search.addEventListener("input", apply);
    bar.append(labelled("Find", search), ...choices.map((made) => made.labelled), count);
    apply();
  }

  // The numbers of the other layers stand in each cell, parted by spaces; `-` is one that nobody knows.
  function layered(table, bar) {
    const layers = (table.dataset.layers ?? "").split("\n").filter(Boolean);
    if (layers.length < 2) return;
    const cells = all("td.cell", table).map((cell) => {
      const shown = cell.querySelector("a") ?? cell;
      return { cell, shown, name: cell.className, text: shown.textContent, others: (cell.dataset.o ?? "").split(" ") };
    });
    const group = table.querySelector(".group");
    const heading = group.textContent;
    const shades = table.closest("section").querySelector(".shades");
    const show = (layer) => {
      group.textContent = layer ? `${layers[layer]}, by week beginning` : heading;
      if (shades) shades.hidden = layer > 0;
      for (const { cell, shown, name, text, others } of cells) {
        const value = layer ? others[layer - 1] ?? "0" : text;
        const number = Number(value);
        shown.textContent = value === "-" ? "?" : value;
        cell.className = layer ? `cell ${number > 0 ? `l${Math.min(number, 4)}` : value === "-" ? "" : "z"}` : name;
      }
    };
    const options = layers.map((label, layer) => [String(layer), label]);
    const made = choice("Show", options, () => show(Number(made.select.value)));
    bar.append(made.labelled);
  }

  // Two columns beside each other; what stands in the first column is what they are compared by.
  function pickable(table, bar) {
    const names = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim()).slice(1);
    if (names.length < 3) return;
    const show = () => {
      const picked = picks.map(({ select }) => select.value);
      const all = picked.includes("");
      for (const row of table.rows) {
        for (const [place, cell] of [...row.cells].entries()) {
          cell.hidden = place > 0 && !all && !picked.includes(String(place));
        }
      }
    };
    const options = names.map((name, place) => [String(place + 1), name]);
    const picks = ["Compare", "with"].map((label) => choice(label, [["", "all"], ...options], show));
    bar.append(...picks.map((made) => made.labelled));
  }

  // Few rows are seen at a glance.
  const ROWS_TO_FILTER = 16;

  function tables() {
    for (const table of all("table")) {
      if (!table.tBodies.length || !table.tHead || table.tBodies[0].rows.length < 2) continue;
      if (table.dataset.pick !== undefined) {
        const bar = make("div", { className: "controls", role: "group", ariaLabel: "Choose columns of the table below" });
        pickable(table, bar);
        if (bar.children.length) table.closest(".scroll").before(bar);
        continue;
      }
      sortable(table);
      if (table.tBodies[0].rows.length < ROWS_TO_FILTER) continue;
      const bar = make("div", { className: "controls", role: "group", ariaLabel: "Filter the table below" });
      layered(table, bar);
      filterable(table, bar);
      table.closest(".scroll").before(bar);
    }
  }

  theme();
  tables();
})();
