"use strict";
(() => {
  const ROW = 54;
  const SPARE = 8;
  const KEPT_CHUNKS = 48;
  const MARKS = {
    correct: "✓", partly: "◐", wrong: "✗", "no answer": "∅", unfinished: "…", truncated: "✂", failed: "!", "not scored": "?",
  };
  const byId = (id) => document.getElementById(id);
  document.documentElement.classList.add("js");

  /* Everything that a run brought with it goes through here, as text. */
  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

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
    const column = head.cellIndex;
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => [sortValue(row, column, kind), row]);
    rows.sort((a, b) => (down ? compare(b[0], a[0]) : compare(a[0], b[0])));
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    table.classList.add("sorted");
    body.append(...rows.map((pair) => pair[1]));
  }

  function makeSortable(table) {
    for (const head of table.tHead.rows[0].cells) {
      if (!head.dataset.sort) continue;
      const button = element("button", "", head.textContent);
      button.type = "button";
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
      this.shown = [];
      this.selected = -1;
      this.filters = { run: -1, task: -1, mode: -1, budget: -1 };
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
      this.refilter();
    }

    makeFilters() {
      const budgets = this.index.budgets.map((budget) => (budget === null ? "no budget" : `budget ${budget.toLocaleString("en")}`));
      const order = this.index.budgets.map((_, i) => i).sort((a, b) => (this.index.budgets[a] ?? Infinity) - (this.index.budgets[b] ?? Infinity));
      this.select("run", "All runs", this.index.runs);
      this.select("task", "All tasks", this.index.tasks);
      this.select("mode", "All modes", this.index.modes);
      this.select("budget", "All budgets", budgets, order);
      this.index.verdicts.forEach((name, number) => this.verdictButton(name, number));
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
        this.refilter();
      });
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
        const on = !this.verdicts.delete(number);
        if (on) this.verdicts.add(number);
        button.setAttribute("aria-pressed", String(on));
        this.refilter();
      });
      byId("verdicts").append(button);
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
          this.refilter();
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
      const { run, task, mode, budget } = this.filters;
      const columns = this.columns;
      return (
        (run < 0 || columns.run[n] === run) &&
        (task < 0 || columns.task[n] === task) &&
        (mode < 0 || columns.mode[n] === mode) &&
        (budget < 0 || columns.budget[n] === budget)
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
      this.buttons.forEach((button, number) => { button.lastChild.textContent = counts[number].toLocaleString("en"); });
      if (this.query) this.find(turn, passing);
      else this.show(passing, this.say(passing.length));
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
      if (turn === this.search) this.show(found, this.say(found.length));
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

    matches(n, [thinking, answer, extracted, facts], pattern, prompts) {
      const [id, , prompt] = this.index.docs[this.columns.doc[n]];
      return (
        prompts.has(prompt) || pattern.test(id) || holds(answer, pattern) || holds(thinking, pattern) ||
        holds(extracted, pattern) || holds(facts.detail, pattern) || holds(facts.error, pattern) || facts.key.startsWith(this.query)
      );
    }

    show(shown, text, partial = false) {
      const current = this.shown[this.selected];
      this.shown = shown;
      byId("count").textContent = text;
      byId("spacer").style.height = `${shown.length * ROW}px`;
      const kept = current === undefined ? -1 : shown.indexOf(current);
      if (kept < 0 && !partial) this.list.scrollTop = 0;
      this.selected = kept;
      if (kept < 0 && shown.length) this.choose(0, false);
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
      row.append(element("span", "mark"), element("span", "what"), element("span", "said"));
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
      row.children[1].textContent = this.name(n);
      row.children[2].textContent = `${this.setting(n)} · ${this.outcome(n)}`;
    }

    name(n) {
      const sample = this.columns.sample[n];
      return `${this.index.tasks[this.columns.task[n]]} · ${this.index.docs[this.columns.doc[n]][0]}${sample ? ` · sample ${sample}` : ""}`;
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
      const gold = this.index.golds[this.index.docs[this.columns.doc[n]][2]];
      if (said === null || verdict === "correct") return said === null ? verdict : `${said}`;
      return gold === undefined ? `${said}` : `${said}, gold ${gold}`;
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
      const [item, asked] = await Promise.all([this.texts.item(n), prompt < 0 ? null : this.prompts.item(prompt)]);
      if (this.shown[this.selected] !== n) return;
      const [thinking, answer, extracted, facts] = item;
      const head = [
        element("h3", "", `${this.index.tasks[this.columns.task[n]]} · ${id}`),
        element("p", "line", this.line(n, language, facts)),
        ...this.verdict(n, facts),
      ];
      const pair = element("div", "pair");
      pair.append(block("Gold", asked && asked[1]), block("Extracted from the answer", extracted));
      const question = fold("Prompt", asked && asked[0], true);
      if (question) question.lastChild.classList.add("brief");
      const body = [question, pair, block("Answer", answer), fold("Thinking", thinking, true), about(facts)];
      this.detail.replaceChildren(...head, ...body.filter(Boolean));
      this.detail.scrollTop = 0;
      highlight(this.detail, this.query);
    }

    line(n, language, { tokens, forced, finish }) {
      const parts = [this.setting(n), `sample ${this.columns.sample[n]}`];
      if (language) parts.push(language);
      for (const kind of ["thinking", "answer"]) if (tokens && tokens[kind]) parts.push(`${tokens[kind].toLocaleString("en")} ${kind} tokens`);
      if (forced) parts.push("thinking stopped at the budget");
      if (finish && finish !== "stop") parts.push(`ended by ${finish}`);
      return parts.join(" · ");
    }

    verdict(n, { score, detail, error, outcome, metrics }) {
      const number = this.columns.verdict[n];
      const name = this.index.verdicts[number];
      const line = element("p", "verdict");
      line.append(this.mark(number), ` ${name[0].toUpperCase()}${name.slice(1)}`);
      if (name === "failed" && outcome !== "error") line.append(outcome === "timeout" ? ": timed out" : `: ${outcome}`);
      if (name === "partly") line.append(`: scored ${score}`);
      const extra = metrics ? [Object.entries(metrics).map(([key, value]) => `${key} ${value}`).join(", ")] : [];
      return [line, ...[error, detail, ...extra].filter(Boolean).map((text) => fillText(element("p", "reason"), text))];
    }
  }

  const holds = (text, pattern) => (Array.isArray(text) ? pattern.test(text[0]) || pattern.test(text[2]) : text != null && pattern.test(text));

  function fillText(target, text) {
    if (!Array.isArray(text)) {
      target.textContent = text;
      return target;
    }
    const left = text[1].toLocaleString("en");
    target.append(text[0], element("span", "gap", `${left} characters are left out of this page; the whole text is in the run directory.`), text[2]);
    return target;
  }

  function textBox(text) {
    if (text === null || text === undefined || text === "") return element("pre", "none", "nothing");
    return fillText(element("pre"), text);
  }

  function block(title, text) {
    const made = element("div");
    made.append(element("h4", "", title), textBox(text));
    return made;
  }

  function fold(title, text, open) {
    if (text === null || text === "") return null;
    const made = element("details");
    made.open = open;
    made.append(element("summary", "", title), textBox(text));
    return made;
  }

  function about({ key, seed, seconds, scorer, tokens }) {
    const facts = { key, seed, seconds, scorer, "prompt tokens": tokens && tokens.prompt };
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
