"use strict";
(() => {
  const ROW = 54;
  const SPARE = 8;
  const KEPT_CHUNKS = 48;
  /* Texts longer than WHOLE code units are folded to a head and a tail. */
  const WHOLE = 40000;
  const HEAD = 4000;
  const TAIL = 2000;
  /* Of a prompt in pieces, what is shown at once: of its ends, and around what is marked. */
  const HEAD_OF_PROMPT = 360;
  const TAIL_OF_PROMPT = 600;
  const NEAR = 240;
  const PIECE = 20000;
  const PIECES_A_FRAME = 20;
  const CLUSTER = 64;
  const MARKS = {
    correct: "✓", partly: "◐", wrong: "✗", judged: "◆", "no answer": "∅", "other format": "≠", unfinished: "…", truncated: "✂", failed: "!", "not scored": "?",
  };
  const FILTERS = ["run", "task", "language", "mode", "budget", "judgment"];
  /* How the worst call of a judge came out, as index.judgments counts. */
  const UNREAD = 0;
  const LENIENT = 1;
  const NOT_JUDGED = 3;
  const FEW_CALLS = 2;
  /* What is said of a judged sample only where there is something to say. */
  const SHARES = ["unread_share", "lenient_share", "marked_share"];
  const NOTHING = 1e9;
  const byId = (id) => document.getElementById(id);
  document.documentElement.classList.add("js");

  /* Everything that a run brought with it goes through here, as text. */
  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  /* Text of unknown direction, which must not turn what stands around it. */
  const foreign = (text) => element("bdi", "", text);

  /* ---- tables ---- */

  function sortValue(row, column, kind) {
    const cell = row.cells[column];
    return kind === "number" ? Number(cell.dataset.value.replace("inf", "Infinity")) : cell.textContent;
  }

  function compare(a, b) {
    return typeof a === "number" ? (a === b ? 0 : a - b) : a.localeCompare(b, undefined, { numeric: true });
  }

  function sortBy(table, head) {
    const down = head.getAttribute("aria-sort") === "ascending";
    const kind = head.dataset.sort;
    const column = Number(head.dataset.column ?? head.cellIndex);
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => [sortValue(row, column, kind), row]);
    rows.sort((a, b) => (down ? compare(b[0], a[0]) : compare(a[0], b[0])));
    for (const other of table.tHead.querySelectorAll("[aria-sort]")) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    table.classList.add("sorted");
    table.classList.toggle("regrouped", "groups" in head.dataset && !down);
    body.append(...rows.map((pair) => pair[1]));
  }

  function makeSortable(table) {
    for (const head of table.tHead.querySelectorAll("[data-sort]")) {
      const button = element("button");
      button.type = "button";
      button.append(...head.childNodes);
      button.addEventListener("click", () => sortBy(table, head));
      head.replaceChildren(button);
    }
  }

  function wireTables() {
    document.querySelectorAll("table.sortable").forEach(makeSortable);
    document.querySelectorAll("[data-show]").forEach((box) => {
      const apply = () => document.querySelector("table.results").classList.toggle("show-" + box.dataset.show, box.checked);
      box.addEventListener("change", apply);
      apply();
    });
    document.querySelectorAll("[data-only]").forEach((box) => {
      box.addEventListener("change", () => byId(box.dataset.only).classList.toggle("only-behind", box.checked));
    });
    document.querySelectorAll("table.heat").forEach(wireHeatMap);
  }

  /* One stop for the tab key instead of hundreds: arrow keys go from number to number. */
  function wireHeatMap(table) {
    const links = table.querySelectorAll("td a");
    links.forEach((link, i) => { link.tabIndex = i ? -1 : 0; });
    table.addEventListener("focusin", ({ target }) => {
      if (!target.matches("td a")) return;
      links.forEach((link) => { link.tabIndex = link === target ? 0 : -1; });
    });
    table.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
      if (!step || !event.target.matches("td a")) return;
      event.preventDefault();
      neighbour(event.target.closest("td"), step)?.focus();
    });
  }

  /* The next number in a direction, past rows that are hidden and cells without one. */
  function neighbour(cell, [down, right]) {
    let row = cell.parentElement;
    let column = cell.cellIndex;
    while (row) {
      column += right;
      if (down > 0) row = row.nextElementSibling;
      if (down < 0) row = row.previousElementSibling;
      const found = row?.cells[column];
      if (!found) return null;
      const link = found.querySelector("a");
      if (link?.checkVisibility()) return link;
    }
    return null;
  }

  /* ---- packed data ---- */

  function bytesOf(base64) {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
    const binary = atob(base64);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    return bytes;
  }

  function unpack(name) {
    const bytes = bytesOf(JSON.parse(byId(name).textContent));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).json();
  }

  /* The chunk that holds item n; the chunks used last are kept. */
  class Chunks {
    constructor(name, starts) {
      this.name = name;
      this.starts = starts;
      this.kept = new Map();
    }

    number(n) {
      let low = 0;
      let high = this.starts.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (this.starts[middle] <= n) low = middle;
        else high = middle - 1;
      }
      return low;
    }

    chunk(number) {
      let found = this.kept.get(number);
      if (found) this.kept.delete(number);
      else found = unpack(`${this.name}-${number}`);
      this.kept.set(number, found);
      if (this.kept.size > KEPT_CHUNKS) this.kept.delete(this.kept.keys().next().value);
      return found;
    }

    async item(n) {
      const number = this.number(n);
      return (await this.chunk(number))[n - this.starts[number]];
    }
  }

  const nextFrame = () => new Promise((done) => setTimeout(done, 0));

  /* ---- the browser for samples ---- */

  class Browser {
    constructor(index) {
      this.index = index;
      this.columns = index.columns;
      this.texts = new Chunks("texts", index.texts);
      this.prompts = new Chunks("prompts", index.prompts);
      this.pieces = new Chunks("pieces", index.pieces);
      this.shown = [];
      this.selected = -1;
      this.columns.language = this.languages();
      this.spread = this.spreads();
      this.filters = Object.fromEntries(FILTERS.map((name) => [name, -1]));
      this.boxes = new Map();
      this.order = "";
      this.wanted = -1;
      this.verdicts = new Set();
      this.buttons = new Map();
      this.query = "";
      this.search = 0;
      this.pool = [];
      this.list = byId("list");
      this.detail = byId("detail");
      this.makeFilters();
      this.wire();
      byId("browser").hidden = false;
      if (!this.follow()) this.refilter();
    }

    /* The language of each sample by its number in index.languages; -1 for none. */
    languages() {
      const numbers = new Map(this.index.languages.map(([tag], number) => [tag, number]));
      const ofDoc = this.index.docs.map((doc) => numbers.get(doc[1]) ?? -1);
      return this.columns.doc.map((doc) => ofDoc[doc]);
    }

    /* How far the scores of several judges of the same sample lie apart; null where there are no two of them. */
    spreads() {
      const { run, task, doc, sample, mode, budget, score } = this.columns;
      const judged = new Set([...this.index.judges.keys()].filter((number) => this.index.judges[number]));
      if (judged.size < 2) return null;
      const ends = new Map();
      const place = (n) => JSON.stringify([task[n], this.index.docs[doc[n]][0], sample[n], mode[n], budget[n]]);
      const places = run.map((_, n) => (judged.has(run[n]) && score[n] !== null ? place(n) : ""));
      places.forEach((name, n) => {
        const [low, high] = ends.get(name) ?? [Infinity, -Infinity];
        ends.set(name, [Math.min(low, score[n]), Math.max(high, score[n])]);
      });
      return places.map((name) => (name ? ends.get(name)[1] - ends.get(name)[0] : -1));
    }

    makeFilters() {
      const budgets = this.index.budgets.map((budget) => (budget === null ? "no budget" : `budget ${budget.toLocaleString("en")}`));
      const order = this.index.budgets.map((_, i) => i).sort((a, b) => (this.index.budgets[a] ?? Infinity) - (this.index.budgets[b] ?? Infinity));
      this.select("run", "All runs", this.index.runs);
      this.select("task", "All tasks", this.index.tasks);
      this.select("language", "All languages", this.index.languages.map((pair) => pair[1]), this.alphabetical());
      this.select("mode", "All modes", this.index.modes);
      this.select("budget", "All budgets", budgets, order);
      this.select("judgment", "All judgments", this.index.judgments);
      this.orderBox();
      this.index.verdicts.forEach((name, number) => this.verdictButton(name, number));
    }

    alphabetical() {
      const names = this.index.languages.map((pair) => pair[1]);
      return [...names.keys()].sort((a, b) => names[a].localeCompare(names[b], "en"));
    }

    orderBox() {
      const box = element("select");
      box.setAttribute("aria-label", "order");
      box.append(new Option("In order", ""), new Option("Worst first", "worst"));
      if (this.spread) box.append(new Option("Judges apart first", "apart"));
      box.addEventListener("change", () => {
        this.order = box.value;
        this.changed();
      });
      this.boxes.set("order", box);
      byId("selects").append(box);
    }

    select(column, every, names, order) {
      const used = new Set(this.columns[column]);
      if (used.size < 2) return;
      const box = element("select");
      box.setAttribute("aria-label", column);
      box.append(new Option(every, "-1"));
      for (const i of order ?? names.keys()) if (used.has(i)) box.append(new Option(names[i], String(i)));
      box.value = "-1";
      box.addEventListener("change", () => {
        this.filters[column] = Number(box.value);
        this.changed();
      });
      this.boxes.set(column, box);
      byId("selects").append(box);
    }

    verdictButton(name, number) {
      if (!this.columns.verdict.includes(number)) return;
      const button = element("button", "", "");
      button.type = "button";
      button.dataset.verdict = name;
      button.setAttribute("aria-pressed", "false");
      button.append(this.mark(number), ` ${name}`, element("small"));
      this.buttons.set(number, button);
      button.addEventListener("click", () => {
        if (!this.verdicts.delete(number)) this.verdicts.add(number);
        this.changed();
      });
      byId("verdicts").append(button);
    }

    /* ---- the page's address says what the list shows ---- */

    changed() {
      this.refilter();
      const asked = this.address();
      history.replaceState(null, "", asked.size ? `#samples?${asked}` : "#samples");
    }

    address() {
      const verdicts = [...this.verdicts].map((number) => this.index.verdicts[number]).join(",");
      const asked = FILTERS.map((name) => [name, this.filters[name] < 0 ? "" : this.spoken(name, this.filters[name])]);
      asked.push(["verdict", verdicts], ["order", this.order], ["find", this.query]);
      return new URLSearchParams(asked.filter((pair) => pair[1] !== ""));
    }

    /* A filter's value as the address spells it. */
    spoken(name, number) {
      if (name === "language") return this.index.languages[number][0];
      if (name === "budget") return String(this.index.budgets[number] ?? "none");
      return this.index[`${name}s`][number];
    }

    /* Shows what the address asks for; false when it asks for no samples. */
    follow() {
      const [place, query] = location.hash.split("?");
      if (place !== "#samples" || !query) return false;
      const asked = new URLSearchParams(query);
      if (asked.has("id")) this.ask(new URLSearchParams(), this.placeOf(asked));
      else this.ask(asked, -1);
      byId("samples").scrollIntoView();
      this.list.focus({ preventScroll: true });
      return true;
    }

    ask(asked, wanted) {
      for (const name of FILTERS) this.filters[name] = asked.has(name) ? this.numberOf(name, asked.get(name)) : -1;
      const verdicts = (asked.get("verdict") ?? "").split(",").map((name) => this.index.verdicts.indexOf(name));
      this.verdicts = new Set(verdicts.filter((number) => number >= 0));
      const order = asked.get("order") ?? "";
      this.order = order === "worst" || (order === "apart" && this.spread) ? order : "";
      this.query = asked.get("find") ?? "";
      byId("find").value = this.query;
      this.wanted = wanted;
      this.refilter();
    }

    numberOf(name, spelled) {
      const count = name === "language" ? this.index.languages.length : this.index[`${name}s`].length;
      for (let number = 0; number < count; number++) if (this.spoken(name, number) === spelled) return number;
      return NOTHING;
    }

    /* The sample that an address names, or -1. */
    placeOf(asked) {
      const numbers = FILTERS.filter((name) => asked.has(name)).map((name) => [this.columns[name], this.numberOf(name, asked.get(name))]);
      const sample = Number(asked.get("sample") ?? 0);
      for (let n = 0; n < this.index.count; n++) {
        const fits = this.columns.sample[n] === sample && this.index.docs[this.columns.doc[n]][0] === asked.get("id");
        if (fits && numbers.every(([column, number]) => column[n] === number)) return n;
      }
      return -1;
    }

    linkTo(n) {
      const asked = ["run", "task", "mode", "budget"].map((name) => [name, this.spoken(name, this.columns[name][n])]);
      if (this.index.runs.length < 2) asked.shift();
      asked.push(["id", this.index.docs[this.columns.doc[n]][0]], ["sample", this.columns.sample[n]]);
      return `#samples?${new URLSearchParams(asked)}`;
    }

    mark(number) {
      const name = this.index.verdicts[number];
      const made = element("span", `mark v-${name.replace(" ", "-")}`, MARKS[name]);
      made.setAttribute("aria-hidden", "true");
      return made;
    }

    wire() {
      let waiting = 0;
      byId("find").addEventListener("input", (event) => {
        clearTimeout(waiting);
        waiting = setTimeout(() => {
          this.query = event.target.value.trim();
          this.changed();
        }, 180);
      });
      this.list.addEventListener("scroll", () => this.paint(), { passive: true });
      this.list.addEventListener("keydown", (event) => this.listKey(event));
      this.list.addEventListener("click", (event) => {
        const row = event.target.closest(".item");
        if (row) this.choose(Number(row.dataset.place));
      });
      new ResizeObserver(() => this.paint()).observe(this.list);
      document.addEventListener("keydown", (event) => this.pageKey(event));
      addEventListener("hashchange", () => this.follow());
    }

    pageKey(event) {
      const typing = event.target.matches("input[type=search], select");
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        byId("find").focus();
      } else if (event.key === "Escape" && byId("samples").contains(event.target)) {
        this.list.focus();
      } else if (event.key === "Enter" && event.target === byId("find")) {
        this.list.focus();
      }
    }

    listKey(event) {
      const page = Math.max(1, Math.floor(this.list.clientHeight / ROW) - 1);
      const moves = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Enter") this.detail.focus();
      if (!(event.key in moves)) return;
      event.preventDefault();
      this.choose(Math.min(this.shown.length - 1, Math.max(0, this.selected + moves[event.key])));
    }

    passes(n) {
      const { run, task, language, mode, budget, judgment } = this.filters;
      const columns = this.columns;
      return (
        (run < 0 || columns.run[n] === run) &&
        (task < 0 || columns.task[n] === task) &&
        (language < 0 || columns.language[n] === language) &&
        (mode < 0 || columns.mode[n] === mode) &&
        (budget < 0 || columns.budget[n] === budget) &&
        (judgment < 0 || columns.judgment[n] === judgment)
      );
    }

    refilter() {
      const turn = ++this.search;
      const passing = [];
      const counts = this.index.verdicts.map(() => 0);
      for (let n = 0; n < this.index.count; n++) {
        if (!this.passes(n)) continue;
        const verdict = this.columns.verdict[n];
        counts[verdict]++;
        if (!this.verdicts.size || this.verdicts.has(verdict)) passing.push(n);
      }
      this.reflect(counts);
      if (this.query) this.find(turn, passing);
      else this.show(this.ordered(passing), this.say(passing.length));
    }

    /* The controls as the filters stand. */
    reflect(counts) {
      this.buttons.forEach((button, number) => {
        button.lastChild.textContent = counts[number].toLocaleString("en");
        button.setAttribute("aria-pressed", String(this.verdicts.has(number)));
      });
      this.boxes.forEach((box, name) => {
        box.value = name === "order" ? this.order : String(this.filters[name]);
      });
    }

    /* What was not scored comes last. */
    ordered(found) {
      if (!this.order) return found;
      const rank = this.order === "apart" ? (n) => -this.spread[n] : (n) => this.columns.score[n] ?? Infinity;
      return found.sort((a, b) => (rank(a) === rank(b) ? a - b : rank(a) - rank(b)));
    }

    say(count, searching = "") {
      const all = this.index.count.toLocaleString("en");
      return count === this.index.count ? `${all} samples` : `${count.toLocaleString("en")} of ${all} samples${searching}`;
    }

    /* Looks through the texts chunk by chunk and lets the page breathe between them. */
    async find(turn, passing) {
      const pattern = new RegExp(this.query.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "i");
      const prompts = await this.matchingPrompts(pattern, turn);
      const found = [];
      let painted = performance.now();
      for (let at = 0; at < passing.length; ) {
        const number = this.texts.number(passing[at]);
        const start = this.texts.starts[number];
        const items = await this.texts.chunk(number);
        if (turn !== this.search) return;
        for (; at < passing.length && passing[at] - start < items.length; at++) {
          if (this.matches(passing[at], items[passing[at] - start], pattern, prompts)) found.push(passing[at]);
        }
        if (performance.now() - painted > 120) {
          this.show(found.slice(), this.say(found.length, ", still looking"), true);
          await nextFrame();
          painted = performance.now();
        }
      }
      if (turn === this.search) this.show(this.ordered(found), this.say(found.length));
    }

    async matchingPrompts(pattern, turn) {
      const found = new Set();
      for (const [number, start] of this.index.prompts.entries()) {
        const items = await this.prompts.chunk(number);
        if (turn !== this.search) break;
        items.forEach((parts, i) => parts.some((part) => holds(part, pattern)) && found.add(start + i));
      }
      return found;
    }

    matches(n, [thinking, answer, extracted, facts, calls], pattern, prompts) {
      const [id, , prompt] = this.index.docs[this.columns.doc[n]];
      return (
        prompts.has(prompt) || pattern.test(id) || holds(answer, pattern) || holds(thinking, pattern) ||
        holds(extracted, pattern) || holds(facts.detail, pattern) || holds(facts.error, pattern) || facts.key.startsWith(this.query) ||
        (calls ?? []).some((call) => call.attempts.some((one) => holds(one.reply, pattern) || holds(one.thinking, pattern)))
      );
    }

    show(shown, text, partial = false) {
      const current = this.shown[this.selected];
      this.shown = shown;
      byId("count").textContent = text;
      byId("spacer").style.height = `${shown.length * ROW}px`;
      const wanted = shown.indexOf(this.wanted);
      this.wanted = -1;
      const kept = current === undefined ? -1 : shown.indexOf(current);
      if (kept < 0 && !partial) this.list.scrollTop = 0;
      this.selected = kept;
      if (wanted >= 0) this.choose(wanted);
      else if (kept < 0 && shown.length) this.choose(0, false);
      else {
        this.paint();
        highlight(this.detail, this.query);
      }
      if (!shown.length && !partial) this.detail.replaceChildren(element("p", "empty", "No sample fits these filters."));
    }

    /* Puts the rows in view on the page; a row is made once and filled again. */
    paint() {
      const first = Math.max(0, Math.floor(this.list.scrollTop / ROW) - SPARE);
      const last = Math.min(this.shown.length, Math.ceil((this.list.scrollTop + this.list.clientHeight) / ROW) + SPARE);
      while (this.pool.length < last - first) this.pool.push(this.makeRow());
      this.pool.forEach((row, i) => {
        const place = first + i;
        row.hidden = place >= last;
        if (place < last) this.fill(row, place);
      });
      if (this.selected >= first && this.selected < last) this.list.setAttribute("aria-activedescendant", `item-${this.selected}`);
      else this.list.removeAttribute("aria-activedescendant");
    }

    makeRow() {
      const row = element("div", "item");
      row.setAttribute("role", "option");
      const what = element("span", "what");
      what.append("", foreign(), "");
      const said = element("span", "said");
      said.append("", foreign(), "", foreign());
      row.append(element("span", "mark"), what, said);
      this.list.append(row);
      return row;
    }

    fill(row, place) {
      const n = this.shown[place];
      row.style.transform = `translateY(${place * ROW}px)`;
      row.setAttribute("aria-selected", String(place === this.selected));
      if (row.dataset.place === String(place) && row.dataset.n === String(n)) return;
      row.dataset.place = place;
      row.dataset.n = n;
      row.id = `item-${place}`;
      row.setAttribute("aria-setsize", this.shown.length);
      row.setAttribute("aria-posinset", place + 1);
      const number = this.columns.verdict[n];
      row.children[0].replaceWith(this.mark(number));
      this.name(n).forEach((text, i) => { row.children[1].childNodes[i].textContent = text; });
      this.outcome(n).forEach((text, i) => { row.children[2].childNodes[i].textContent = text; });
    }

    /* Parts of a line; every other one is foreign. */
    name(n) {
      const sample = this.columns.sample[n];
      const id = this.index.docs[this.columns.doc[n]][0];
      return [`${this.index.tasks[this.columns.task[n]]} · `, id, sample ? ` · sample ${sample}` : ""];
    }

    setting(n) {
      const budget = this.index.budgets[this.columns.budget[n]];
      const mode = this.index.modes[this.columns.mode[n]];
      const run = this.index.runs.length > 1 ? `${this.index.runs[this.columns.run[n]]} · ` : "";
      return `${run}${mode}${budget === null ? "" : ` ${budget.toLocaleString("en")}`}`;
    }

    outcome(n) {
      const verdict = this.index.verdicts[this.columns.verdict[n]];
      const said = this.columns.extracted[n];
      const gold = this.index.judges[this.columns.run[n]] && this.columns.judgment[n] !== NOT_JUDGED ? "" : this.index.golds[this.index.docs[this.columns.doc[n]][2]];
      const start = `${this.setting(n)} · `;
      if (said === null) return [start + verdict, "", "", ""];
      return verdict === "correct" || !gold ? [start, said, "", ""] : [start, said, ", gold ", gold];
    }

    choose(place, scroll = true) {
      if (place < 0 || place >= this.shown.length) return;
      this.selected = place;
      if (scroll) this.reveal(place);
      this.paint();
      this.open(this.shown[place]);
    }

    reveal(place) {
      const top = place * ROW;
      if (top < this.list.scrollTop) this.list.scrollTop = top;
      else if (top + ROW > this.list.scrollTop + this.list.clientHeight) this.list.scrollTop = top + ROW - this.list.clientHeight;
    }

    async open(n) {
      const [id, language, prompt] = this.index.docs[this.columns.doc[n]];
      const [item, asked, peers] = await Promise.all([
        this.texts.item(n), prompt < 0 ? null : this.prompts.item(prompt), this.peers(n),
      ]);
      if (this.shown[this.selected] !== n) return;
      const [thinking, answer, extracted, facts, calls] = item;
      const title = element("h3", "", `${this.index.tasks[this.columns.task[n]]} · `);
      title.append(foreign(id));
      const head = [
        title,
        element("p", "line", this.line(n, language, facts)),
        ...this.verdict(n, facts),
      ];
      const pair = facts.points ? fold("Reference", asked && asked[1], false, language) : element("div", "pair");
      if (!facts.points) pair.append(block("Gold", asked && asked[1], language), block("Extracted from the answer", extracted, language));
      const question = fold("Prompt", asked && asked[0], true, language);
      if (question) question.lastChild.classList.add("brief");
      const said = this.judged(n, block("Answer", answer, language), calls, peers, answer);
      const body = [question, pair, ...said, fold("Thinking", thinking, true), about(facts), this.linkLine(n)];
      this.detail.replaceChildren(...head, ...body.filter(Boolean));
      this.detail.scrollTop = 0;
      highlight(this.detail, this.query);
    }

    /* The same answer as other judges of these runs have it: their names and what they said. */
    async peers(n) {
      const same = (name, m) => this.columns[name][m] === this.columns[name][n];
      const id = (m) => this.index.docs[this.columns.doc[m]][0];
      const near = (m) => m >= 0 && m < this.index.count && same("task", m) && same("sample", m) && id(m) === id(n);
      let first = n;
      while (near(first - 1)) first--;
      const found = [];
      for (let m = first; near(m); m++) if (!same("run", m) && same("mode", m) && same("budget", m)) found.push(m);
      const items = await Promise.all([n, ...found].map((m) => this.texts.item(m)));
      const answer = JSON.stringify(items[0][1]);
      const alike = (item) => item[4] && JSON.stringify(item[1]) === answer;
      return found.flatMap((m, i) => (alike(items[i + 1]) ? [{ n: m, facts: items[i + 1][3], calls: items[i + 1][4] }] : []));
    }

    /* The answer with what its judges said: beside it where that is one text, else below. */
    judged(n, answered, calls, peers, answer) {
      if (!calls) return [answered];
      const judges = [{ n, calls }, ...peers];
      const names = [...new Set(judges.flatMap((judge) => judge.calls.map((call) => call.name)))];
      const made = new JudgeView(this, judges, names, answer);
      const box = element("div", "judging");
      box.append(element("h4", "", made.title()), made.body());
      if (judges.length > 1 || names.length > 1) {
        answered.lastChild.classList.add("tall");
        return [answered, box];
      }
      const beside = element("div", "beside");
      beside.append(answered, box);
      return [beside];
    }

    linkLine(n) {
      const link = element("a", "", "Link to this sample");
      link.href = this.linkTo(n);
      const line = element("p", "line");
      line.append(link);
      return line;
    }

    line(n, language, { tokens, forced, finish }) {
      const parts = [this.setting(n), `sample ${this.columns.sample[n]}`];
      if (language) parts.push(this.index.languages[this.columns.language[n]][1]);
      for (const kind of ["thinking", "answer"]) if (tokens && tokens[kind]) parts.push(`${tokens[kind].toLocaleString("en")} ${kind} tokens`);
      if (forced) parts.push("thinking stopped at the budget");
      if (finish && finish !== "stop") parts.push(`ended by ${finish}`);
      return parts.join(" · ");
    }

    verdict(n, { score, points, detail, error, outcome, metrics }) {
      const number = this.columns.verdict[n];
      const name = this.index.verdicts[number];
      const line = element("p", "verdict");
      line.append(this.mark(number), ` ${name[0].toUpperCase()}${name.slice(1)}`);
      if (name === "failed" && outcome !== "error") line.append(outcome === "timeout" ? ": timed out" : `: ${outcome}`);
      if (name === "partly") line.append(`: scored ${score}`);
      else if (points) line.append(`: ${name === "judged" ? "" : "counts "}${points[0]} of ${points[1]}`);
      const told = Object.entries(metrics ?? {}).filter(([key, value]) => !points || (value && SHARES.includes(key)));
      const extra = told.length ? [told.map(([key, value]) => `${key} ${value}`).join(", ")] : [];
      return [line, ...[error, detail, ...extra].filter(Boolean).map((text) => fillText(element("p", "reason"), text))];
    }
  }

  /* What one judge, or several, said about an answer. */
  class JudgeView {
    constructor(browser, judges, names, answer) {
      this.browser = browser;
      this.judges = judges;
      this.names = names;
      this.answer = answer;
      this.cards = names.length <= FEW_CALLS;
    }

    judge(n) {
      const { index, columns } = this.browser;
      const name = index.judges[columns.run[n]];
      const alike = this.judges.filter((other) => index.judges[columns.run[other.n]] === name).length > 1;
      return alike ? `${name} (${index.runs[columns.run[n]]})` : name;
    }

    title() {
      const names = this.judges.map(({ n }) => this.judge(n));
      return `Judged by ${names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}` : names[0]}`;
    }

    calls(name) {
      return this.judges.map((judge) => [judge.n, judge.calls.find((call) => call.name === name)]);
    }

    body() {
      return this.cards ? this.grid() : this.table();
    }

    /* The games of one judge side by side; of several judges each game a row. */
    grid() {
      const made = element("div", `games of-${Math.min(this.judges.length > 1 ? this.judges.length : this.names.length, 3)}`);
      for (const name of this.names) for (const [n, call] of this.calls(name)) made.append(this.card(n, call, name));
      return made;
    }

    card(n, call, name) {
      const made = element("section", "game");
      const head = element("h5", "", this.judges.length > 1 ? `${this.judge(n)}: ${name}` : this.names.length > 1 ? name : "");
      made.append(head);
      if (!call) made.append(element("p", "line", "not asked"));
      else {
        head.append(" ", this.label(call));
        if (call.place) made.append(element("p", "line", `The answer stood in place ${call.place}.`));
        made.append(...this.told(call));
      }
      return made;
    }

    /* The verdict in short, or that there is none. */
    label(call) {
      const kind = { [UNREAD]: "unread", [LENIENT]: "lenient" }[call.state] ?? "read";
      const short = call.verdict ?? (call.state === UNREAD ? "" : call.marks ? `${call.marks.length} marks` : "read");
      const made = element("span", `label ${kind}`);
      if (short) made.append(element("bdi", "", short));
      if (call.state === UNREAD) made.append(short ? " unread" : "unread");
      if (call.state === LENIENT) made.append(call.used ? " by the lenient rule" : " only by the lenient rule: not counted");
      return made;
    }

    told(call) {
      const last = call.attempts.at(-1);
      const made = [];
      if (last.why) made.push(fillText(element("p", "reason unread"), last.why));
      if (call.marks) made.push(this.marks(call.marks));
      made.push(textBox(last.reply), ...this.beside(last));
      const earlier = call.attempts.slice(0, -1).reverse();
      if (earlier.length) made.push(this.earlier(earlier));
      return made;
    }

    marks(marks) {
      const table = element("table", "marks");
      const body = table.createTBody();
      for (const [name, value] of marks) {
        const row = body.insertRow();
        const head = element("th");
        head.scope = "row";
        head.append(foreign(name));
        row.append(head);
        row.insertCell().append(foreign(value));
      }
      return table;
    }

    /* What stands behind a reply: its thinking, and the prompt. */
    beside(attempt) {
      const facts = Object.entries(attempt.tokens ?? {}).map(([kind, count]) => `${count.toLocaleString("en")} ${kind} tokens`);
      if (attempt.finish && attempt.finish !== "stop") facts.push(`ended by ${attempt.finish}`);
      const line = facts.length ? element("p", "line", facts.join(" · ")) : null;
      const thinking = attempt.thinking ? fold("Thinking of the judge", attempt.thinking, false) : null;
      return [thinking, this.prompt(attempt), line].filter(Boolean);
    }

    earlier(attempts) {
      const made = element("details", "earlier");
      made.append(element("summary", "", `${attempts.length} earlier ${attempts.length > 1 ? "replies" : "reply"} to this`));
      for (const attempt of attempts) {
        if (attempt.why) made.append(fillText(element("p", "reason"), attempt.why));
        made.append(textBox(attempt.reply), ...this.beside(attempt));
      }
      return made;
    }

    /* Its texts are unpacked when it is opened. */
    prompt({ asked, unshown, sha256 }) {
      const made = element("details", "asked");
      made.append(element("summary", "", "Prompt of the judge"));
      if (!asked) made.append(element("p", "line", `SHA-256 ${sha256}; its text is not here: ${unshown}.`));
      else made.addEventListener("toggle", () => this.fillPrompt(made, asked), { once: true });
      return made;
    }

    async fillPrompt(made, asked) {
      for (const [role, numbers] of asked) {
        const texts = await Promise.all(numbers.map((number) => (number < 0 ? null : this.browser.pieces.item(number))));
        const box = element("pre", "brief");
        box.dir = "auto";
        for (const text of texts) {
          if (text !== null) fillText(box, text);
          else box.append(fillText(element("mark"), this.answer));
        }
        made.append(element("h6", "", role), box);
      }
    }

    /* A line for each call; what was said opens below its first words. */
    table() {
      const several = this.judges.length > 1;
      const table = element("table", several ? "calls several" : "calls");
      const head = table.createTHead().insertRow();
      const heads = ["Call", ...this.judges.map(({ n }) => (several ? this.judge(n) : "Verdict")), ...(several ? [] : ["What it said"])];
      for (const text of heads) {
        const cell = element("th", "", text);
        cell.scope = "col";
        head.append(cell);
      }
      const body = table.createTBody();
      for (const name of this.names) this.row(body.insertRow(), name, several);
      const scroll = element("div", "scroll");
      scroll.append(table);
      return scroll;
    }

    row(row, name, several) {
      const head = element("th");
      head.scope = "row";
      head.append(foreign(name));
      row.append(head);
      for (const [, call] of this.calls(name)) {
        const cell = row.insertCell();
        if (!call) cell.append("not asked");
        else if (several) cell.append(this.label(call), this.folded(call));
        else {
          cell.append(this.label(call));
          row.insertCell().append(this.folded(call));
        }
      }
    }

    folded(call) {
      const made = element("details", "call");
      const { reply, why } = call.attempts.at(-1);
      const first = firstLine(call.said?.[0] ?? reply) || why || "nothing";
      made.append(element("summary", "", first));
      made.addEventListener("toggle", () => made.append(...this.told(call)), { once: true });
      return made;
    }
  }

  /* Enough of a text to tell it from others. */
  function firstLine(text) {
    const head = Array.isArray(text) ? text[0] : text;
    const line = head.split("\n").find((each) => /[\p{L}\p{N}]/u.test(each)) ?? "";
    return line.length > 160 ? `${line.slice(0, boundary(line, 160))}…` : line;
  }

  /* What is there of a text; of an excerpt, piece by piece. */
  const parts = (text) => text.pieces.map((piece) => (Array.isArray(piece) ? piece[0] : piece)).filter((piece) => typeof piece === "string");

  const holds = (text, pattern) => (text?.pieces ? parts(text).some((part) => pattern.test(part)) : Array.isArray(text) ? pattern.test(text[0]) || pattern.test(text[2]) : text != null && pattern.test(text));

  /* A text, or what the page has of it; of a long one the head and the tail, and the whole on demand. */
  function fillText(target, text) {
    if (text?.pieces) return fillExcerpt(target, text);
    const [head, left, tail] = Array.isArray(text) ? text : [String(text), 0, ""];
    if (head.length + tail.length <= WHOLE) target.append(head, ...(left ? [gap(left), tail] : []));
    else foldText(target, head, left, tail);
    return target;
  }

  function note(text) {
    const made = element("span", "gap", text);
    made.dir = "ltr";
    return made;
  }

  const gap = (left) => note(`${left.toLocaleString("en")} characters are left out of this page; the whole text is in the run directory.`);

  /* A prompt in pieces: around what is marked some words are shown, and what lies between opens on demand. */
  function fillExcerpt(target, { pieces: all, characters: whole, tokens }) {
    const said = (count) => `${count.toLocaleString("en")} characters` + (tokens ? ` (about ${Math.round((count * tokens) / whole).toLocaleString("en")} tokens)` : "");
    let between = [];
    let first = true;
    const close = (last) => {
      target.append(...folded(between, first ? HEAD_OF_PROMPT : NEAR, last ? TAIL_OF_PROMPT : NEAR, said));
      between = [];
      first = false;
    };
    for (const piece of all) {
      if (!Array.isArray(piece)) between.push(piece);
      else {
        close(false);
        target.append(element("mark", "", piece[0]));
      }
    }
    close(true);
    return target;
  }

  /* Texts and the sizes of gaps between two marks: the first and the last characters, and a button for the rest. */
  function folded(between, lead, trail, said) {
    const texts = between.filter((piece) => typeof piece === "string");
    const sizes = between.map((piece) => (typeof piece === "string" ? characters(piece) : piece));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (texts.length === between.length && total <= lead + trail + NEAR) return texts;
    const rest = [...between];
    const start = typeof rest[0] === "string" ? rest[0].slice(0, boundary(rest[0], lead)) : "";
    if (start) rest[0] = rest[0].slice(start.length);
    const final = rest.at(-1);
    const end = typeof final === "string" ? final.slice(boundary(final, Math.max(0, final.length - trail))) : "";
    if (end) rest[rest.length - 1] = final.slice(0, final.length - end.length);
    const hidden = rest.filter((piece) => piece !== "");
    const shown = note(`${said(total - characters(start) - characters(end))} are folded here. `);
    const here = hidden.filter((piece) => typeof piece === "string").reduce((sum, piece) => sum + characters(piece), 0);
    if (here) shown.append(opener(here, shown, hidden, said));
    return [start, shown, end];
  }

  function opener(here, place, hidden, said) {
    const button = element("button", "more", `Show ${here.toLocaleString("en")} of them`);
    button.type = "button";
    button.addEventListener("click", () => {
      const opened = hidden.flatMap((piece) => (typeof piece === "string" ? [...pieces(piece)] : [note(`${said(piece)} are left out of this page; the whole text is in the run directory.`)]));
      const box = place.closest("[tabindex]");
      place.replaceWith(...opened);
      box?.focus({ preventScroll: true });
    });
    return button;
  }

  function foldText(target, head, left, tail) {
    const first = head.slice(0, boundary(head, Math.min(HEAD, head.length)));
    const source = left ? tail : head;
    const last = source.slice(boundary(source, Math.max(left ? 0 : first.length, source.length - TAIL)));
    const count = characters(head) + characters(tail);
    const button = element("button", "more", `Show all ${count.toLocaleString("en")} characters`);
    button.type = "button";
    button.addEventListener("click", () => {
      unfold(target, [...pieces(head), ...(left ? [gap(left)] : []), ...pieces(tail)]);
      target.closest("[tabindex]")?.focus({ preventScroll: true });
    });
    const hidden = count - characters(first) - characters(last);
    const between = note(`${hidden.toLocaleString("en")} characters are folded here. `);
    between.append(button);
    target.append(first, between, last);
  }

  /* Code points, as Python counts them. */
  function characters(text) {
    let count = text.length;
    for (let i = 1; i < text.length; i++) if (isPair(text, i)) count--;
    return count;
  }

  /* Whether the code unit at i is the second half of a character. */
  const isPair = (text, i) => (text.charCodeAt(i) & 0xfc00) === 0xdc00 && (text.charCodeAt(i - 1) & 0xfc00) === 0xd800;

  /* The last place up to `at` where no character is cut from its marks, nor into halves. */
  function boundary(text, at) {
    if (at <= 0 || at >= text.length) return Math.max(0, Math.min(at, text.length));
    const even = isPair(text, at) ? at - 1 : at;
    if (!window.Intl?.Segmenter) return even;
    let start = Math.max(0, even - CLUSTER);
    if (isPair(text, start)) start--;
    const found = new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text.slice(start, even + CLUSTER)).containing(even - start);
    return found && found.index > 0 ? start + found.index : even;
  }

  /* The text in blocks, cut after a line where there is one: the browser lays out only those in view. */
  function* pieces(text) {
    for (let start = 0; start < text.length; ) {
      const limit = Math.min(start + PIECE, text.length);
      const line = text.lastIndexOf("\n", limit - 1);
      const end = limit === text.length ? limit : line >= start ? line + 1 : boundary(text, limit);
      yield element("div", "piece", text.slice(start, end));
      start = end;
    }
  }

  /* Some pieces a frame, so that the page answers meanwhile. */
  async function unfold(target, made) {
    target.replaceChildren();
    for (let at = 0; at < made.length; at += PIECES_A_FRAME) {
      target.append(...made.slice(at, at + PIECES_A_FRAME));
      await nextFrame();
      if (!target.isConnected) return;
    }
  }

  /* Each line of the text finds its own direction. */
  function textBox(text, language) {
    if (text === null || text === undefined || text === "") return element("pre", "none", "nothing");
    const made = element("pre");
    made.dir = "auto";
    if (language) made.lang = language;
    return fillText(made, text);
  }

  function block(title, text, language) {
    const made = element("div");
    made.append(element("h4", "", title), textBox(text, language));
    return made;
  }

  function fold(title, text, open, language) {
    if (text === null || text === "") return null;
    const made = element("details");
    made.open = open;
    made.append(element("summary", "", title), textBox(text, language));
    return made;
  }

  function about({ key, seed, seconds, scorer, tokens, points, metrics }) {
    const facts = { key, seed, seconds, scorer, "prompt tokens": tokens && tokens.prompt, ...(points ? metrics : {}) };
    const known = Object.entries(facts).filter((pair) => pair[1] !== undefined && pair[1] !== null);
    return fold("Record", known.map(([name, value]) => `${name}: ${value}`).join("\n"), false);
  }

  /* Marks what was searched for, without touching the text. */
  function highlight(root, query) {
    if (!window.CSS || !CSS.highlights) return;
    CSS.highlights.delete("found");
    if (!query) return;
    const ranges = [];
    const wanted = query.toLowerCase();
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode() && ranges.length < 1000) {
      const text = walker.currentNode.data.toLowerCase();
      if (text.length !== walker.currentNode.data.length) continue;
      for (let at = text.indexOf(wanted); at >= 0 && ranges.length < 1000; at = text.indexOf(wanted, at + wanted.length)) {
        const range = new Range();
        range.setStart(walker.currentNode, at);
        range.setEnd(walker.currentNode, at + wanted.length);
        ranges.push(range);
      }
    }
    if (!ranges.length) return;
    CSS.highlights.set("found", new Highlight(...ranges));
  }

  wireTables();
  unpack("index").then((index) => {
    if (index.count) new Browser(index);
    else byId("samples").append(element("p", "note", "There are no samples yet."));
  });
})();
