// Values, texts and elements. Every text goes through `shown` and textContent.

const data = JSON.parse(document.getElementById("data").textContent);


const step = (value, name) => value !== null && typeof value === "object" && Object.hasOwn(value, name) ? value[name] : undefined;
const walk = (value, path) => path.split("/").map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~")).reduce(step, value);
const at = (pointer) => walk(data, pointer.slice(1));

// Characters that would be obeyed, or not be seen.
const HIDDEN = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029\u115f\u3164]/gu;
const shown = (text) => String(text).replace(HIDDEN, (c) => c.length > 1 ? `\\u{${c.codePointAt(0).toString(16)}}` : `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

const cut = (text, most) => text.length > most ? `${text.slice(0, most - 1)}…` : text;

// A name of the data, which may be empty or as long as it likes.
const MOST_NAME = 100;
const named = (name, most = MOST_NAME) => cut(shown(name) || "(none)", most);

const number = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const few = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const one = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const two = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

// A duration as the terminal has it.
function lasting(seconds) {
  const [whole, padded] = [Math.floor(seconds), (part) => String(Math.floor(part)).padStart(2, "0")];
  if (seconds < 1e-3) return `${Math.floor(seconds * 1e6 + 1e-6)} us`;
  if (seconds < 0.999995) return `${two.format(seconds * 1e3)} ms`;
  if (seconds < 99.95) return `${one.format(seconds)} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${padded(whole % 60)}s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)}h ${padded(whole / 60 % 60)}m`;
  return `${number.format(Math.floor(whole / 86400))}d ${padded(whole / 3600 % 24)}h`;
}

const rate = (value) => `${value < 9.995 ? two.format(Math.max(0, value)) : value < 99.95 ? one.format(value) : number.format(Math.round(value))}/s`;

// A duration on an axis, where it is round.
function duration(seconds) {
  const size = Math.abs(seconds);
  if (size === 0) return "0 s";
  if (size < 1e-3) return `${few.format(seconds * 1e6)} us`;
  if (size < 1) return `${few.format(seconds * 1e3)} ms`;
  if (size < 60) return `${few.format(seconds)} s`;
  const units = [["d", 86400], ["h", 3600], ["m", 60], ["s", 1]];
  const first = units.findIndex(([, length]) => size >= length);
  const [[a, long], [b, next] = ["", 1]] = units.slice(first);
  // Rounded first, so that there is no 29d 24h.
  const all = Math.round(size / next);
  const [whole, rest] = [Math.floor(all * next / long), all % (long / next)];
  return rest > 0 ? `${whole}${a} ${String(rest).padStart(2, "0")}${b}` : `${whole}${a}`;
}

function bytes(count) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const unit = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, count)) / 10)));
  return `${unit === 0 ? number.format(count) : two.format(count / 1024 ** unit)} ${units[unit]}`;
}

const time = (text) => String(text).replace("T", " ").replace(/(\.000)?Z$/, "");

const signed = (value, write) => value === 0 ? "0" : `${value > 0 ? "+" : "-"}${write(Math.abs(value))}`;

const FORMS = {
  text: (value) => Array.isArray(value) ? value.join(", ") : String(value),
  word: (value) => String(value).replaceAll("_", " "),
  code: String,
  count: (value) => number.format(Math.round(value)),
  number: (value) => two.format(value),
  exact: String,
  rate,
  bytes,
  micros: (value) => lasting(value / 1e6),
  seconds: lasting,
  share: (value) => `${two.format(value * 100)} %`,
  time,
  floor: (value) => number.format(Math.floor(value)),
  ceiling: (value) => number.format(Math.ceil(value)),
  own: (value, row) => FORMS[row.form](value),
  difference: (value, row) => signed(value, FORMS[row.form]),
  change: (value) => signed(value, FORMS.share),
  length: (items) => number.format(items.length),
  outcome: (text) => GOOD.includes(text) ? mark(true, text) : text === "not run" ? text : mark(false, text),
  place: (text) => mark(text !== "far", { within: "within", outside: "outside", far: "not by chance" }[text]),
  flag: (is) => is ? "✓ yes" : "",
};
// The forms of what is round, on an axis.
const TICKS = {
  ...FORMS,
  number: (value) => number.format(value),
  rate: (value) => `${few.format(value)}/s`,
  micros: (value) => duration(value / 1e6),
  seconds: duration,
  share: (value) => `${number.format(value * 100)} %`,
};
// Outcomes and changes of cases that are good.
const GOOD = ["handled", "handled now", "fewer wrong", "runs now"];
const NUMERIC = ["count", "number", "exact", "rate", "bytes", "micros", "seconds", "share", "floor", "ceiling", "own", "difference", "change"];
const written = (value, form, row) => value === undefined || value === null || value === "" ? "" : FORMS[form](value, row);


function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) if (value !== undefined) node.setAttribute(name, value);
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== "")
    .map((child) => child instanceof Node ? child : document.createTextNode(shown(child))));
  return node;
}

const mark = (isOk, word) => el("span", { class: `mark ${isOk ? "ok" : "bad"}` }, el("span", { "aria-hidden": "true" }, isOk ? "✓" : "✕"), ` ${word}`);
// A text with what stands in backquotes as code.
const prose = (text) => String(text).split("`").map((part, index, all) => index % 2 === 1 && index < all.length - 1 ? el("code", {}, part) : part);
const command = (text) => el("pre", { class: "command", tabindex: "0" }, el("code", {}, text));
// Regions with the same title, of several results, are numbered.
const regions = new Map();
function scroller(label, ...children) {
  const count = (regions.get(label) ?? 0) + 1;
  regions.set(label, count);
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": shown(count > 1 ? `${label}, ${count}` : label) }, ...children);
}

function table(columns, rows, label) {
  const head = columns.some(({ label }) => label) ? [el("thead", {}, el("tr", {}, columns.map(({ label, form }) => el("th", { scope: "col", class: NUMERIC.includes(form) ? "number" : undefined }, label))))] : [];
  const body = rows.map((row) => el("tr", {}, columns.map(({ field, form }, index) => {
    const found = field === "" ? row : walk(row, field);
    const value = form === "text" && typeof found === "string" ? cut(found, 2 * MOST_NAME) : written(found, form, row);
    const isHeading = index === 0 && columns.length > 1;
    const kind = NUMERIC.includes(form) ? (found === 0 ? "number muted" : "number") : form === "code" ? "code" : undefined;
    return el(isHeading ? "th" : "td", { class: kind, scope: isHeading ? "row" : undefined }, value);
  })));
  return scroller(label, el("table", {}, head, el("tbody", {}, body)));
}

// A few events far from all others would leave nothing of these to be seen.
function together(buckets, counts, seconds) {
  const size = (bucket) => Object.values(counts(bucket)).reduce((sum, count) => sum + count, 0);
  const all = buckets.reduce((sum, bucket) => sum + size(bucket), 0);
  let below = 0;
  const most = buckets.filter((bucket) => {
    const [before, after] = [below, below += size(bucket)];
    return after > 0.01 * all && before < 0.99 * all;
  });
  const span = most.at(-1).at - most[0].at + seconds;
  if (buckets.at(-1).at - buckets[0].at < 10 * span) return { near: buckets, far: [] };
  const isNear = ({ at }) => at >= most[0].at - span && at <= most.at(-1).at + span;
  return { near: buckets.filter(isNear), far: buckets.filter((bucket) => !isNear(bucket)).map((bucket) => ({ ...bucket, size: size(bucket) })) };
}

function beyond(far, moment) {
  const count = far.reduce((sum, { size }) => sum + size, 0);
  const [first, last] = [moment(far[0].start), moment(far.at(-1).start)];
  return el("p", { class: "muted" }, `${number.format(count)} far from these ${count === 1 ? "is" : "are"} not drawn: ${first === last ? first : `${first} to ${last}`}`);
}

// Buckets in which nothing is are left out: there counts are 0, and of durations nothing is known.
function withGaps(points, y) {
  const width = Math.min(...points.slice(1).map((point, index) => point.x - points[index].x));
  return points.flatMap((point, index) => {
    const before = points[index - 1];
    if (!before || point.x - before.x < 1.5 * width) return [point];
    const nothing = ["rate", "count"].includes(y.form) ? 0 : null;
    return [{ x: before.x + width, y: nothing }, { x: point.x - width, y: nothing }, point];
  });
}
