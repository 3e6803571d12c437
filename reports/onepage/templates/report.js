"use strict";
// Everything that comes from a run is put in as text, never as markup.
const $ = (id) => document.getElementById(id);

function el(tag, attributes, ...children) {
  const it = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) it.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) it.setAttribute(name, value);
  }
  it.append(...children.filter((child) => child !== undefined && child !== ""));
  return it;
}

// --- colours -------------------------------------------------------------------------------------

function theme(dark) {
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  $("theme").setAttribute("aria-pressed", String(dark));
}
theme(matchMedia("(prefers-color-scheme: dark)").matches);
$("theme").onclick = () => theme(document.documentElement.dataset.theme !== "dark");

// --- searches of a section ---------------------------------------------------------------------------

for (const input of document.querySelectorAll("[data-searches]")) {
  const section = $(input.dataset.searches);
  const entries = [...section.querySelectorAll("details")].map((entry) => [entry, entry.textContent.toLowerCase()]);
  input.form.onsubmit = (event) => event.preventDefault();
  input.oninput = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const [entry, text] of entries) {
      entry.hidden = !words.every((word) => text.includes(word));
      shown += !entry.hidden;
    }
    input.form.querySelector("output").textContent = words.length ? `${shown} of ${entries.length}` : "";
  };
}

function unfold() {  // what a link leads to is open
  const name = decodeURIComponent(location.hash.slice(1));
  const target = name && !name.includes("=") && $(name);
  if (target && target.tagName === "DETAILS") { target.open = true; target.scrollIntoView(); }
}
addEventListener("hashchange", unfold);
unfold();

// --- the matrix ----------------------------------------------------------------------------------

if ($("data")) matrix(JSON.parse($("data").textContent));

function matrix(data) {
  const { strings, contenders, formulas, dtypes, signs } = data;
  const at = Object.fromEntries(data.fields.map((name, i) => [name, i]));
  const gravity = Object.fromEntries(Object.keys(signs).map((verdict, i) => [verdict, i]));
  gravity.absent = -1;
  gravity.unbound = gravity.inaccurate;  // it accuses nobody
  const text = (row, name) => strings[row[at[name]]];
  const verdicts = data.verdicts.map((row) => ({
    c: row[0], f: row[1], d: row[2], row, verdict: text(row, "verdict"), form: text(row, "variant"),
    words: undefined, on: true, changed: false,
  }));
  const cells = new Map();
  for (const it of verdicts) {
    const key = it.c * formulas.length + it.f;
    (cells.get(key) ?? cells.set(key, []).get(key)).push(it);
  }
  const cell = (c, f) => cells.get(c * formulas.length + f) ?? [];
  const state = { query: "", sort: "order", by: -1, flip: formulas.length > contenders.length * 1.5 && contenders.length < 13,
    pinned: new Set(), open: null, focus: [0, 0] };
  let shown = { rows: [], columns: [] };
  $("flip").checked = state.flip;

  // --- filters

  const KEYS = {
    status: (it) => it.verdict, dtype: (it) => dtypes[it.d], form: (it) => it.form || "",
    contender: (it) => contenders[it.c], formula: (it) => formulas[it.f], changed: (it) => (it.changed ? "yes" : "no"),
  };
  const EXACT = new Set(["status", "dtype", "changed"]);

  function words(it) {
    it.words ??= [contenders[it.c], formulas[it.f], dtypes[it.d], it.verdict, it.form, text(it.row, "detail")].join(" ").toLowerCase();
    return it.words;
  }

  function parsed(query) {
    const tests = [];
    for (const [, minus, key, quoted, plain] of query.matchAll(/(-?)(?:(\w+):)?(?:"([^"]*)"|(\S+))/g)) {
      const value = (quoted ?? plain).toLowerCase();
      let test;
      if (key !== undefined && Object.hasOwn(KEYS, key)) {
        const wanted = value.split(",").filter(Boolean);
        const its = KEYS[key];
        test = EXACT.has(key) ? (it) => wanted.includes(its(it).toLowerCase())
          : (it) => { const own = its(it).toLowerCase(); return wanted.some((part) => own.includes(part)); };
      } else {
        const word = (key === undefined ? "" : key.toLowerCase() + ":") + value;
        test = (it) => words(it).includes(word);
      }
      tests.push(minus ? (it) => !test(it) : test);
    }
    return tests;
  }

  function filter() {
    const tests = parsed(state.query);
    for (const it of verdicts) it.on = tests.every((test) => test(it));
    return tests.length > 0;
  }

  // --- rows and columns

  function axes() {
    const narrowed = filter();
    const alive = { c: new Set(), f: new Set() };
    let count = 0;
    for (const it of verdicts) {
      if (!it.on) continue;
      count += 1;
      if (narrowed || it.verdict !== "absent") { alive.c.add(it.c); alive.f.add(it.f); }
    }
    const every = contenders.map((_, c) => c).filter((c) => alive.c.has(c) || state.pinned.has("c" + c) || !narrowed);
    const each = formulas.map((_, f) => f).filter((f) => alive.f.has(f) || state.pinned.has("f" + f));
    const rows = state.flip ? each : every, columns = state.flip ? every : each;
    const name = state.flip ? formulas : contenders;
    const of = (row, column) => (state.flip ? cell(column, row) : cell(row, column));
    const worst = (row, column) => Math.max(-2, ...of(row, column).map((it) => gravity[it.verdict]));
    const key = kind();
    const wrong = (row) => columns.reduce((sum, column) => sum + of(row, column).filter((it) => gravity[it.verdict] > 2).length, 0);
    if (state.by >= 0 && columns.includes(state.by)) rows.sort((a, b) => worst(b, state.by) - worst(a, state.by) || a - b);
    else if (state.sort === "name") rows.sort((a, b) => (name[a] < name[b] ? -1 : 1));
    else if (state.sort === "wrong") {
      const counted = new Map(rows.map((row) => [row, wrong(row)]));
      rows.sort((a, b) => counted.get(b) - counted.get(a) || a - b);
    }
    rows.sort((a, b) => state.pinned.has(key + b) - state.pinned.has(key + a));
    const many = (list, one) => `${list.length} ${one}${list.length === 1 ? "" : "s"}`;
    $("count").textContent = `${count} of ${many(verdicts, "verdict")} · ${many(every, "contender")} · ${many(each, "formula")}`;
    const unseen = formulas.filter((_, f) => !each.includes(f));
    $("unseen").textContent = !unseen.length || narrowed ? ""
      : `No contender has ${unseen.length > 12 ? `the other ${unseen.length} formulas` : unseen.join(", ")}.`;
    return { rows, columns };
  }

  const kind = () => (state.flip ? "f" : "c");

  function label(its) {
    if (!its.length) return "not judged";
    its.label ??= spoken(its);
    return its.label;
  }

  function spoken(its) {
    const told = its.map((it) => `${dtypes[it.d]} ${it.verdict}${it.form ? " " + it.form : ""}`).join(", ");
    return `${contenders[its[0].c]}, ${formulas[its[0].f]}: ${told}`;
  }

  function draw() {
    shown = axes();
    const { rows, columns } = shown;
    const names = state.flip ? [formulas, contenders] : [contenders, formulas];
    const grid = $("grid");
    const head = el("tr", { role: "row" }, el("th", { scope: "col" }, dtypes.join(" ")));
    for (const column of columns) {
      head.append(el("th", { scope: "col", class: "col", style: `width:${Math.max(1.9, 0.95 * dtypes.length + 0.4)}rem`, "aria-sort": state.by === column ? "descending" : "none" },
        el("button", { type: "button", tabindex: "-1", "data-column": column, title: names[1][column] + ": sort by it" }, short(names[1][column], 40))));
    }
    // Signs and numbers alone: what comes from a run is added below, as text.
    const body = rows.map((row) => `<tr role="row"${state.pinned.has(kind() + row) ? ' class="pinned"' : ""}><th scope="row"><button type="button" tabindex="-1" data-row="${row}"></button></th>`
      + columns.map((column) => {
        const its = state.flip ? cell(column, row) : cell(row, column);
        const runs = alike(its);
        if (runs.length === 1) return `<td role="gridcell" tabindex="-1" class="${runs[0][0]}">${runs[0][1]}</td>`;
        return `<td role="gridcell" tabindex="-1">${runs.map(([its, told]) => `<span class="${its}">${told}</span>`).join("")}</td>`;
      }).join("") + "</tr>").join("");
    grid.innerHTML = `<thead></thead><tbody>${body}</tbody>`;
    grid.tHead.append(head);
    for (const button of grid.querySelectorAll("[data-row]")) {
      const name = names[0][button.dataset.row];
      button.textContent = (state.pinned.has(kind() + button.dataset.row) ? "● " : "") + short(name, 40);
      button.title = name + ": pin it";
    }
    for (const td of grid.querySelectorAll("td")) td.ariaLabel = label(ofCell(td));
    focusable();
  }

  function alike(its) {  // neighbours that look the same share an element: layout takes most of the time
    const runs = [];
    for (const it of its) {
      const own = look(it), sign = it.on ? signs[it.verdict] : "·", last = runs.at(-1);
      if (!last) runs.push([own, sign]);
      else if (own === "off" || own === last[0]) last[1] += sign;
      else if (last[0] === "off") { last[0] = own; last[1] += sign; }
      else runs.push([own, sign]);
    }
    return runs;
  }

  const look = (it) => (it.on ? it.verdict + (it.changed ? " changed" : "") : "off");

  const short = (name, limit) => (name.length <= limit ? name : name.slice(0, limit / 2) + "…" + name.slice(-limit / 2 + 1));

  function ofCell(td) {
    const row = shown.rows[td.parentNode.sectionRowIndex], column = shown.columns[td.cellIndex - 1];
    return state.flip ? cell(column, row) : cell(row, column);
  }

  function focusable(move) {
    const body = $("grid").tBodies[0];
    for (const td of body.querySelectorAll('td[tabindex="0"]')) td.tabIndex = -1;
    const [row, column] = state.focus;
    const there = body.rows[Math.min(row, body.rows.length - 1)]?.cells[Math.min(column, shown.columns.length - 1) + 1];
    if (there) { there.tabIndex = 0; if (move) there.focus(); }
  }

  // --- evidence

  function open(c, f, focus = true) {
    const its = cell(c, f);
    if (!its.length) return;
    state.open = [c, f];
    const panel = $("evidence");
    panel.replaceChildren(
      el("button", { type: "button", class: "close", onclick: close }, "Close"),
      el("h2", {}, `${short(contenders[c], 80)}: ${formulas[f]}`), ...its.flatMap(evidence));
    panel.hidden = false;
    if (focus) panel.focus();
    remember();
  }

  function close() {
    state.open = null;
    $("evidence").hidden = true;
    focusable(true);
    remember();
  }

  function evidence(it) {
    const its = (name) => text(it.row, name);
    const facts = el("dl");
    const where = its("file") && `${its("file")}${its("line") && ":" + its("line")}`;
    for (const [name, value] of [["look at", where], ["called as", its("binding")], ["largest error", its("ulp") && its("ulp") + " ulp"],
      ["error over what is allowed", its("distance")], ["nearest other form", its("runner_up") && `${its("runner_up")}, ${its("margin")} × what is allowed`],
      ["constant", its("constant")], ["case", its("case")], ["not asked", its("not_asked")], ["NaN and infinity", its("non_finite")],
      ["errors searched", its("accuracy")], ["over the runs", past(it)]]) {
      if (value) facts.append(el("dt", {}, name), el("dd", {}, value));
    }
    const figures = [["equation", "What it computes"], ["canonical", "The canonical form"]].flatMap(([name, title]) => {
      const number = it.row[at[name]];
      return number ? [el("figure", {}, el("figcaption", {}, title), $("equation-" + number).content.cloneNode(true))] : [];
    });
    return [
      el("h3", { class: it.verdict }, `${signs[it.verdict]} ${dtypes[it.d]}: ${it.verdict}${it.form ? " (" + it.form + ")" : ""}`),
      ...figures, ...detail(its("detail")), facts,
      ...[["declare", "To be sure, declare it"], ["traceback", "Where it raised"], ["output", "What it printed last"], ["properties", "Properties that it breaks"]].flatMap(([name, title]) =>
        its(name) ? [el("h4", {}, title), el("pre", {}, its(name))] : []),
      ...(its("reproduce") ? [el("h4", {}, "See it again"), copied(its("reproduce"))] : []),
    ].filter(Boolean);
  }

  // "… expected 1, got 2. …": what was asked, and both numbers below each other.
  const PAIR = /([^.;:]*(?:[.;:](?! )[^.;:]*)*)[:,] expected (\S+?), got (\S+?)(?=[.,;:]? |[.,;:]?$)/g;

  function detail(told) {
    const out = [], rows = [], rest = [];
    let end = 0;
    for (const match of told.matchAll(PAIR)) {
      const [whole, what, expected, got] = match;
      rest.push(told.slice(end, match.index));
      end = match.index + whole.length;
      rows.push(el("tr", {}, el("td", {}, what.trim()), el("td", { class: "digits" }, expected), el("td", { class: "digits" }, ...marked(got))));
    }
    const plain = [...rest, told.slice(end)].map((part) => part.replace(/^[.,;]?\s+/, "").trim()).filter((part) => part && part !== ".").join(" ");
    if (plain) out.push(el("p", {}, ...linked(plain)));
    if (rows.length) out.push(el("table", {}, el("thead", {}, el("tr", {}, ...["where", "expected", "got"].map((name) => el("th", { scope: "col" }, name)))), el("tbody", {}, ...rows)));
    return out;
  }

  function marked(got) {
    return got.split(/(\[[^\]]*\])/).map((part) => (part.startsWith("[") ? el("mark", { title: "these digits differ" }, part.slice(1, -1)) : part));
  }

  function linked(told) {
    return told.split(/(https:\/\/[^\s\])>]+)/).map((part) => (part.startsWith("https://") ? el("a", { href: part, rel: "noreferrer noopener" }, part) : part));
  }

  function copied(line) {
    const block = el("pre", { tabindex: "0" }, line);
    const button = el("button", { type: "button" }, "Copy");
    button.onclick = () => {
      getSelection().selectAllChildren(block);
      const done = () => { button.textContent = "Copied"; };
      if (navigator.clipboard) navigator.clipboard.writeText(line).then(done, () => { if (document.execCommand("copy")) done(); });
      else if (document.execCommand("copy")) done();
    };
    return el("div", {}, block, button);
  }

  // --- other runs

  const runs = data.earlier.map((run) => ({ name: run.name, told: new Map(run.verdicts.map(([c, f, d, v, form]) => [`${strings[c]}\n${strings[f]}\n${strings[d]}`, [strings[v], strings[form]]])) }));
  const key = (it) => `${contenders[it.c]}\n${formulas[it.f]}\n${dtypes[it.d]}`;
  const spelled = ([verdict, form]) => `${signs[verdict] ?? "?"} ${verdict}${form ? " " + form : ""}`;

  function past(it) {
    if (!runs.length) return "";
    return [...runs.map((run) => run.told.get(key(it))), [it.verdict, it.form]].map((told) => (told ? signs[told[0]] ?? "?" : "·")).join(" ");
  }

  function offered() {
    const chosen = $("other").value;
    $("other").replaceChildren(el("option", { value: "" }, "no other run"), ...runs.map((run, i) => el("option", { value: i }, run.name)));
    $("other").value = chosen;
    history_();
  }

  function compare() {
    const run = runs[$("other").value];
    const rows = [], tally = { better: 0, worse: 0, other: 0 };
    const mine = new Set();
    for (const it of verdicts) {
      mine.add(key(it));
      const before = run?.told.get(key(it));
      it.changed = Boolean(run) && (!before || before[0] !== it.verdict || before[1] !== it.form);
      if (!it.changed) continue;
      const comparable = before && before[0] !== "absent" && it.verdict !== "absent";
      const way = comparable ? Math.sign((gravity[before[0]] ?? 9) - gravity[it.verdict]) : 0;
      const word = way > 0 ? "better" : way < 0 ? "worse" : "other";
      tally[word] += 1;
      rows.push(el("tr", {}, el("td", {}, el("a", { href: link(it.c, it.f) }, short(contenders[it.c], 60))), ...[formulas[it.f], dtypes[it.d], before ? spelled(before) : "not judged", spelled([it.verdict, it.form]), word].map((told) => el("td", {}, told))));
    }
    for (const [gone, before] of run?.told ?? []) {
      if (mine.has(gone)) continue;
      tally.other += 1;
      rows.push(el("tr", {}, ...gone.split("\n").map((told) => el("td", {}, short(told, 60))), el("td", {}, spelled(before)), el("td", {}, "not judged"), el("td", {}, "other")));
    }
    const head = el("tr", {}, ...["contender", "formula", "dtype", "before", "now", "it is"].map((name) => el("th", { scope: "col" }, name)));
    $("difference").replaceChildren(...(!run ? [] : rows.length
      ? [el("p", {}, `${rows.length} ${rows.length === 1 ? "verdict differs" : "verdicts differ"}: ${tally.better} better, ${tally.worse} worse, ${tally.other} otherwise.`), el("div", { class: "wide" }, el("table", {}, el("thead", {}, head), el("tbody", {}, ...rows)))]
      : [el("p", {}, "Every verdict is the same.")]));
    draw();
  }

  function history_() {
    if (!runs.length) return;
    const wrong = (pairs) => pairs.filter(([verdict]) => gravity[verdict] > 2).length;
    const rows = contenders.map((name, c) => {
      const counts = runs.map((run) => { const its = [...run.told].filter(([about]) => about.startsWith(name + "\n")).map(([, told]) => told); return its.length ? wrong(its) : null; });
      counts.push(wrong(verdicts.filter((it) => it.c === c).map((it) => [it.verdict])));
      return el("tr", {}, el("th", { scope: "row" }, short(name, 60)), el("td", {}, sparkline(counts)), el("td", {}, counts.map((n) => n ?? "·").join(" → ")));
    });
    $("history").replaceChildren(el("h3", {}, "Verdicts that are wrong, run by run"), el("table", {}, el("tbody", {}, ...rows)));
  }

  function sparkline(counts) {
    const svg = (tag, attributes) => { const it = document.createElementNS("http://www.w3.org/2000/svg", tag); for (const [n, v] of Object.entries(attributes)) it.setAttribute(n, v); return it; };
    const most = Math.max(1, ...counts), points = counts.map((n, i) => [4 + (i * 92) / Math.max(1, counts.length - 1), n === null ? null : 20 - (16 * n) / most]).filter(([, y]) => y !== null);
    const it = svg("svg", { width: 100, height: 24, role: "img", "aria-label": counts.map((n) => n ?? "none").join(", then ") });
    const [x, y] = points.at(-1);
    it.append(svg("polyline", { class: "spark", points: points.map((point) => point.join(",")).join(" ") }), svg("circle", { cx: x, cy: y, r: 3 }));
    return it;
  }

  async function opened(files) {
    for (const file of files) {
      const told = new Map();
      try {
        for (const line of (await file.text()).split("\n")) {
          const it = line ? JSON.parse(line) : {};
          if (it.kind === "verdict") told.set(`${it.implementation}\n${it.formula}\n${it.dtype}`, [it.verdict, it.variant ?? ""]);
        }
      } catch { told.clear(); }
      if (told.size) runs.push({ name: file.name, told });
      else $("difference").replaceChildren(el("p", { class: "note" }, `${file.name} is no results file with verdicts.`));
    }
    offered();
    if (runs.length) { $("other").value = runs.length - 1; compare(); }
  }

  // --- where we are

  const link = (c, f) => "#" + new URLSearchParams({ ...(state.query && { q: state.query }), at: `${contenders[c]}|${formulas[f]}` });

  function remember() {
    const hash = state.open ? link(...state.open) : state.query ? "#" + new URLSearchParams({ q: state.query }) : location.pathname;
    try { history.replaceState(null, "", hash); } catch { /* some browsers forbid it for files */ }
  }

  function arrive() {
    const hash = location.hash.slice(1);
    if (hash && !hash.includes("=")) return;
    const told = new URLSearchParams(hash);
    state.query = $("query").value = told.get("q") ?? "";
    draw();
    const place = told.get("at") ?? "", bar = place.lastIndexOf("|");
    const c = contenders.indexOf(place.slice(0, bar)), f = formulas.indexOf(place.slice(bar + 1));
    if (c >= 0 && f >= 0) open(c, f);
  }

  // --- what the reader does

  $("tools").onsubmit = $("against").onsubmit = (event) => event.preventDefault();
  $("query").oninput = () => { state.query = $("query").value; draw(); remember(); };
  $("sort").onchange = () => { state.sort = $("sort").value; state.by = -1; draw(); };
  $("flip").onchange = () => { state.flip = $("flip").checked; state.by = -1; state.focus = [0, 0]; draw(); };
  $("other").onchange = compare;
  $("files").onchange = () => opened([...$("files").files]);
  $("grid").onclick = (event) => {
    const { row, column } = event.target.closest("button")?.dataset ?? {};
    const td = event.target.closest("td");
    if (row !== undefined) pin(row);
    else if (column !== undefined) { state.by = state.by === Number(column) ? -1 : Number(column); draw(); }
    else if (td) { state.focus = [td.parentNode.sectionRowIndex, td.cellIndex - 1]; const its = ofCell(td); if (its.length) open(its[0].c, its[0].f); }
  };

  function pin(row) {
    const name = kind() + row;
    if (!state.pinned.delete(name)) state.pinned.add(name);
    draw();
  }

  const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  $("grid").onkeydown = (event) => {
    const td = event.target.closest("td");
    if (!td) return;
    const here = [td.parentNode.sectionRowIndex, td.cellIndex - 1];
    const step = STEPS[event.key] ?? { Home: [0, -here[1]], End: [0, shown.columns.length] }[event.key];
    if (step) {
      const within = (value, length) => Math.max(0, Math.min(length - 1, value));
      state.focus = [within(here[0] + step[0], shown.rows.length), within(here[1] + step[1], shown.columns.length)];
      focusable(true);
    } else if (event.key === "Enter" || event.key === " ") { state.focus = here; td.click(); }
    else if (event.key === "p") { state.focus = here; pin(shown.rows[here[0]]); focusable(true); }
    else if (event.key === "s") { state.focus = here; state.by = shown.columns[here[1]]; draw(); focusable(true); }
    else return;
    event.preventDefault();
  };
  addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === "/" && !typing) { event.preventDefault(); $("query").focus(); }
    if (event.key === "Escape" && state.open) close();
  });
  addEventListener("hashchange", arrive);
  offered();
  draw();
  arrive();
}
