// The page, from the JSON in it.

function numbers(picture) {
  const pointers = [picture.data, picture.band?.data, ...(picture.series ?? []).map((one) => Array.isArray(one) ? one[1] : one.data)].filter(Boolean);
  return pointers.filter((pointer, index) => pointers.indexOf(pointer) === index).map((pointer) => {
    const json = JSON.stringify(at(pointer));
    return el("pre", { class: "json", tabindex: "0" }, json.length > 4000 ? `${json.slice(0, 4000)} …` : json);
  });
}

function figure(picture) {
  const details = el("details", { class: "read" }, el("summary", {}, TABLES.includes(picture.shape) ? "Command" : "Numbers and command"), picture.read.map((text) => command(text)));
  if (!TABLES.includes(picture.shape)) details.addEventListener("toggle", () => details.append(...numbers(picture)), { once: true });
  return el("figure", { class: picture.is_wide ? "wide" : undefined },
    el("figcaption", {}, el("h3", {}, picture.title), picture.about ? el("p", {}, picture.about) : null),
    [SHAPES[picture.shape](picture)].flat(), details);
}

// The values of the fields that differ, one under the other; of long ones the part in which they do.
const MOST_VALUE = 300;
const BEFORE_DIFFERENCE = 40;
const FIRST_FIELDS = 6;

function differing({ differing, left, right }) {
  const isLost = (text) => text === null || text === undefined;
  const rows = differing.length > 0 ? differing : [left, right].some(isLost) ? [] : [{ field: "line", left, right }];
  const values = rows.map(({ field, left, right }) => {
    const [a, b] = [left ?? "", right ?? ""];
    let start = 0;
    while (start < Math.min(a.length, b.length) && a[start] === b[start]) start += 1;
    let end = 0;
    while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
    const from = Math.max(a.length, b.length) > MOST_VALUE ? Math.max(0, start - BEFORE_DIFFERENCE) : 0;
    const value = (sign, side, text) => el("dd", {}, el("span", { class: "sign", "aria-label": side }, sign), isLost(text) ? el("em", {}, "not there")
      : el("code", {}, from > 0 ? "…" : "", text.slice(from, start), el("strong", {}, cut(text.slice(start, text.length - end), MOST_VALUE)), cut(text.slice(text.length - end), MOST_VALUE)));
    return [el("dt", {}, field), value("-", "first", left), value("+", "second", right)];
  });
  const others = values.slice(FIRST_FIELDS);
  return [rows.length > 0 ? el("dl", { class: "differing" }, values.slice(0, FIRST_FIELDS)) : null,
    others.length > 0 ? el("details", { class: "read" }, el("summary", {}, `${others.length} more`), el("dl", { class: "differing" }, others)) : null,
    el("details", { class: "read lines" }, el("summary", {}, "Both lines, whole"), [["first", left], ["second", right]].map(([side, line]) => [el("p", { class: "muted" }, side), isLost(line) ? el("p", {}, "has ended") : el("pre", { class: "json", tabindex: "0" }, line)]))];
}

// With many reasons, the details of each are folded, but on paper.
const MANY_REASONS = 6;

function reason({ title, text, details, again, parts_at: partsAt }, _, all) {
  const more = [...partsAt ? differing(at(partsAt)) : [], details.length > 0 ? el("ul", {}, details.map((detail) => el("li", {}, prose(detail)))) : null, again ? command(again) : null].filter(Boolean);
  const isFolded = all.length > MANY_REASONS && more.length > 0;
  return el("li", {}, el("p", { class: "why" }, title ? el("strong", {}, title) : null, title ? " " : null, prose(text)),
    isFolded ? el("details", { class: "read" }, el("summary", {}, "Details"), more) : more);
}

function chapter(one, index, level) {
  const title = level === 1
    ? null : el("h2", {}, mark(one.verdict.is_ok, one.verdict.is_ok ? "OK" : "Not OK"), " ", one.verdict.line);
  const facts = one.facts.length === 0 ? [] : [
    el("dl", { class: "facts" }, one.facts.map(({ label, value, form }) => el("div", {}, el("dt", {}, label), el("dd", {}, written(at(value), form))))),
    el("details", { class: "read" }, el("summary", {}, "Commands that give these numbers"), one.facts.map(({ label, read }) => [el("p", { class: "muted" }, label), command(read)])),
  ];
  const reasons = one.reasons.length === 0 ? [] : [el(level === 1 ? "h2" : "h3", { class: "heading" }, one.verdict.is_ok ? "Notes" : "Why"), el("ol", { class: "reasons" }, one.reasons.map(reason))];
  return el("section", { id: `result-${index + 1}`, "aria-label": shown(`${one.command} ${index + 1}`) }, title,
    el("p", { class: "name" }, el("bdi", {}, one.name)), ...facts, ...reasons,
    el(level === 1 ? "h2" : "h3", { class: "heading" }, "Pictures and tables"), el("div", { class: "figures" }, one.pictures.map(figure)));
}

const { verdict, chapters } = data.page;
const kinds = [...new Set(chapters.map(({ command }) => command))];
const links = chapters.length < 2 ? [] : [el("nav", { "aria-label": "Results" }, el("ul", { class: "contents" }, chapters.map((one, index) =>
  el("li", {}, mark(one.verdict.is_ok, one.verdict.is_ok ? "OK" : "Not OK"), " ", el("a", { href: `#result-${index + 1}` }, `${one.command}: ${one.verdict.line}`)))))];
document.getElementById("page").replaceChildren(
  el("header", { class: verdict.is_ok ? "ok" : "bad" }, el("p", { class: "kicker" }, `event-simulator ${kinds.join(", ")}`),
    el("h1", {}, mark(verdict.is_ok, verdict.is_ok ? "OK" : "Not OK"), el("span", { class: verdict.line.length > 90 ? "line long" : "line" }, verdict.line)), ...links),
  ...chapters.map((one, index) => chapter(one, index, chapters.length === 1 ? 1 : 2)));
addEventListener("beforeprint", () => document.querySelectorAll(".reasons details:not(.lines)").forEach((details) => { details.open = true; }));
