// A function for each shape of picture: from the values at its place to an element.

const COLORS = ["var(--line-1)", "var(--line-2)", "var(--line-3)", "var(--line-4)", "var(--line-5)", "var(--line-6)"];
const DASHES = ["none", "7 3", "2 3", "9 3 2 3", "12 4", "1 5"];
const SYMBOLS = ["circle", "square", "triangle", "diamond", "cross", "star", "wye", "times", "plus", "asterisk", "triangle2", "diamond2"];
const MOST_STRIPS = 12;
// Of a table with more rows, so many first ones are shown, and the others when they are asked for.
const MOST_ROWS = 30;
const FIRST_ROWS = 15;
const MOST_ALL = 2000;

const instant = (start) => typeof start === "number" ? start : Date.parse(start);

function draw(width, options) {
  const svg = Charts.plot({ width, marginLeft: 56, marginRight: 16, ...options, style: { background: "none", fontFamily: "inherit", fontSize: "12px", overflow: "visible", ...options.style } });
  return svg;
}

// Draws anew for each width, and says what the picture is.
function drawing(label, render) {
  const box = el("div", { class: "drawing" });
  let drawn = 0;
  new ResizeObserver(() => {
    const width = Math.floor(box.clientWidth);
    if (width < 40 || Math.abs(width - drawn) < 2) return;
    drawn = width;
    const node = render(width);
    for (const svg of node.matches("svg") ? [node] : node.querySelectorAll("svg")) {
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", shown(label));
      for (const part of svg.querySelectorAll("[aria-label], [aria-description]")) {
        part.removeAttribute("aria-label");
        part.removeAttribute("aria-description");
      }
    }
    box.replaceChildren(node);
  }).observe(box);
  return box;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

// A day, or a time of day in 24 hours.
function clock(date) {
  const [day, clock] = date.toISOString().split("T");
  if (clock.startsWith("00:00:00")) return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}${day.endsWith("01-01") ? ` ${date.getUTCFullYear()}` : ""}`;
  return clock.slice(0, clock.slice(6, 8) === "00" ? 5 : 8);
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800];

// Round durations up to the largest, about so many.
function durations(largest, many) {
  const step = STEPS.find((step) => largest / step <= many) ?? 604800 * Math.ceil(largest / many / 604800);
  return largest < 1 ? undefined : [...Array(Math.floor(largest / step) + 1).keys()].map((index) => index * step);
}

// Buckets of a few seconds over a long time would be too narrow to be seen.
const MOST_BARS = 180;
function widened(seconds, buckets) {
  const all = Math.max(...buckets.map(({ at }) => at)) - Math.min(...buckets.map(({ at }) => at)) + seconds;
  const width = STEPS.find((step) => step % seconds === 0 && all / step <= MOST_BARS) ?? seconds * Math.ceil(all / seconds / MOST_BARS);
  return Math.max(seconds, width);
}

// Where there is no place for two texts on a line.
const NARROW = 420;

function strips(picture) {
  const found = at(picture.data);
  const isTime = typeof found.buckets[0].start !== "number";
  const counts = (bucket) => walk(bucket, picture.counts);
  const before = (bucket) => picture.before ? walk(bucket, picture.before) : {};
  const both = (bucket) => [...Object.entries(counts(bucket)).map(([name, count]) => [name, count, 0]), ...Object.entries(before(bucket)).map(([name, count]) => [name, 0, count])];
  const { near: buckets, far } = together(found.buckets.map((bucket) => ({ ...bucket, at: instant(bucket.start) / (isTime ? 1000 : 1) })), (bucket) => both(bucket).map(([, count, before]) => count + before), found.bucket_seconds);
  const seconds = widened(found.bucket_seconds, buckets);
  const length = isTime ? seconds * 1000 : seconds;
  const totals = new Map();
  for (const bucket of buckets) {
    for (const [name, count, before] of both(bucket)) totals.set(name, (totals.get(name) ?? 0) + count + before);
  }
  const names = [...totals].sort((a, b) => b[1] - a[1]);
  const kept = new Set(names.slice(0, names.length > MOST_STRIPS ? MOST_STRIPS - 1 : MOST_STRIPS).map(([name]) => name));
  const strip = (name) => kept.has(name) ? name : "(others)";
  const bars = new Map();
  for (const bucket of buckets) {
    const start = (bucket.at - bucket.at % seconds) * (isTime ? 1000 : 1);
    for (const [kind, count, before] of both(bucket)) {
      const name = strip(kind);
      const key = JSON.stringify([name, start]);
      if (!bars.has(key)) bars.set(key, { name, start, count: 0, before: 0 });
      bars.get(key).count += count;
      bars.get(key).before += before;
    }
  }
  const rows = [...bars.values()];
  const order = [...new Set(names.map(([name]) => strip(name)))];
  const most = new Map(order.map((name) => [name, Math.max(...rows.filter((row) => row.name === name).map((row) => Math.max(row.count, row.before)))]));
  const sum = (name, of) => number.format(rows.filter((row) => row.name === name).reduce((sum, row) => sum + row[of], 0));
  const told = (row) => picture.before ? `${number.format(row.before)} → ${number.format(row.count)}` : number.format(row.count);
  const date = (value) => isTime ? new Date(value) : value;
  const label = (name, most = 60) => `${named(name, most)}  ${picture.before ? `${sum(name, "before")} → ` : ""}${sum(name, "count")}`;
  // A line of steps, which is 0 where no bucket is.
  const steps = (name) => {
    const starts = new Map(rows.filter((row) => row.name === name).map((row) => [row.start, row.before]));
    return [...new Set([...starts.keys()].flatMap((start) => [start - length, start, start + length]))].sort((a, b) => a - b).map((start) => ({ name, start, before: starts.get(start) ?? 0 }));
  };
  const chart = drawing(`${picture.title}: ${order.map((name) => label(name)).join(", ")}`, (width) => draw(width, {
    height: order.length * 54 + 36, marginLeft: 24, marginTop: 0, marginBottom: 34, marginRight: 24,
    x: isTime ? { type: "utc", label: null } : { label: null, tickFormat: duration },
    y: { axis: null, domain: [0, 1.75] }, fy: { domain: order, axis: null, padding: 0 },
    marks: [
      Charts.axisX({ anchor: "bottom", tickSize: 4, ticks: Math.max(2, Math.min(8, width / 110)), tickFormat: isTime ? clock : duration }),
      Charts.rectY(rows, { x1: (row) => date(row.start), x2: (row) => date(row.start + length), y1: 0, y2: (row) => row.count / most.get(row.name), fy: "name", fill: "var(--line-1)", insetRight: 0.4, tip: { format: { x1: false, x2: false, y1: false, y2: false, y: false, x: false, fy: false } }, title: (row) => shown(`${row.name}\n${isTime ? time(new Date(row.start).toISOString()) : duration(row.start)}, ${duration(seconds)}\n${told(row)}`) }),
      picture.before ? Charts.line(order.flatMap(steps), { x: (row) => date(row.start), y: (row) => row.before / most.get(row.name), z: "name", fy: "name", stroke: "var(--line-2)", strokeWidth: 1.5, curve: "step-after" }) : null,
      Charts.ruleY([0], { stroke: "var(--rule)" }),
      Charts.text(order, { fy: (name) => name, frameAnchor: "top-left", text: (name) => label(name, Math.floor((width - (width < NARROW ? 110 : 210)) / 7.5)), dy: 6, textAnchor: "start", fill: "var(--text)", fontWeight: 600 }),
      width < NARROW ? null : Charts.text(order, { fy: (name) => name, frameAnchor: "top-right", text: (name) => `${number.format(most.get(name))} in ${duration(seconds)} at most`, dy: 6, textAnchor: "end", fill: "var(--muted)" }),
    ],
  }));
  return far.length > 0 ? [chart, beyond(far, isTime ? time : duration)] : [chart];
}

function key(labels, isWanted, band) {
  return el("ul", { class: "key" }, labels.map((label, index) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("width", "28");
    svg.setAttribute("height", "10");
    svg.setAttribute("aria-hidden", "true");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
    for (const [name, value] of Object.entries({ x1: 0, x2: 28, y1: 5, y2: 5 })) line.setAttribute(name, value);
    line.setAttribute("style", `stroke: ${isWanted[index] ? "var(--muted)" : COLORS[index % COLORS.length]}; stroke-width: 2; stroke-dasharray: ${DASHES[index % DASHES.length]}`);
    svg.append(line);
    return el("li", {}, svg, named(label, 60));
  }), band ? el("li", {}, el("span", { class: "band", "aria-hidden": "true" }), band.label) : null);
}

function lines(picture) {
  const { series, x, y, shaded, band } = picture;
  const points = series.map(({ data: pointer, x: fx, y: fy }) => withGaps(at(pointer)
    .map((row) => ({ x: instant(walk(row, fx)), y: walk(row, fy) ?? null })), y));
  const isTime = x.form === "time";
  const scale = isTime ? (value) => new Date(value) : (value) => value;
  const within = band ? at(band.data).map((row) => ({ x: instant(walk(row, band.x)), low: walk(row, band.low), high: walk(row, band.high) })) : [];
  const half = Math.min(...within.slice(1).map((row, index) => row.x - within[index].x)) / 2;
  const bands = shaded ? at(shaded[0]) : [];
  // No line goes through a point that has nothing beside it.
  const isAlone = (row, index, all) => row.y !== null && [all[index - 1], all[index + 1]].every((beside) => (beside?.y ?? null) === null);
  const most = Math.max(1, ...points.flat().map((row) => row.y ?? 0), ...within.map(({ high }) => high));
  const ticks = y.form === "count" ? Math.min(5, most) : 5;
  const largest = Math.max(0, ...points.flat().map((row) => row.x));
  const chart = drawing(`${picture.title}: ${series.map(({ label }) => label).join(", ")} by ${x.label}`, (width) => draw(width, {
    height: 250, marginBottom: 40, marginTop: 24, marginLeft: 64,
    x: { type: isTime ? "utc" : "linear", label: x.label, tickFormat: isTime ? clock : TICKS[x.form], ticks: (x.form === "seconds" && durations(largest, Math.min(8, width / 110))) || Math.max(2, Math.min(8, width / 110)) },
    y: { label: y.label, grid: true, nice: true, zero: true, tickFormat: TICKS[y.form], ticks },
    marks: [
      Charts.rectX(bands, { x1: (band) => scale(band[0]), x2: (band) => scale(band[1]), fill: "var(--shade)" }),
      Charts.ruleX(bands.flat(), { x: scale, stroke: "var(--bad)", strokeDasharray: "2 3" }),
      Charts.text(bands.slice(0, 4), { x: (band) => scale((band[0] + band[1]) / 2), frameAnchor: "top", text: () => shaded[1], dy: -12, fill: "var(--bad)" }),
      within.length > 1 ? Charts.rectY(within, { x1: (row) => scale(row.x - half), x2: (row) => scale(row.x + half), y1: "low", y2: "high", fill: "var(--line-1)", fillOpacity: 0.22 }) : null,
      Charts.ruleY([0], { stroke: "var(--rule)" }),
      series.map(({ is_wanted: isWanted }, index) => Charts.line(points[index], { x: (row) => scale(row.x), y: "y", stroke: isWanted ? "var(--muted)" : COLORS[index % COLORS.length], strokeWidth: 2, strokeDasharray: DASHES[index % DASHES.length], curve: "linear" })),
      series.map(({ is_wanted: isWanted }, index) => Charts.dot(points[index].filter(isAlone), { x: (row) => scale(row.x), y: "y", r: 3, fill: isWanted ? "var(--muted)" : COLORS[index % COLORS.length] })),
      series.map(({ label }, index) => Charts.tip(points[index], Charts.pointerX({ x: (row) => scale(row.x), y: "y", title: (row) => shown(`${label}\n${isTime ? time(new Date(row.x).toISOString()) : FORMS[x.form](row.x)}\n${row.y === null ? "" : FORMS[y.form](row.y)}`), maxRadius: 12 }))),
    ],
  }));
  return [key(series.map(({ label }) => label), series.map(({ is_wanted: isWanted }) => isWanted), band), chart];
}

function percentiles(picture) {
  const curves = picture.series.map(([label, pointer]) => {
    const counts = at(pointer);
    const all = counts.reduce((sum, [, count]) => sum + count, 0);
    let below = 0;
    const curve = [];
    for (const [micros, count] of counts) {
      curve.push({ x: 1 / (1 - below / all), y: Math.max(micros, 1) });
      below += count;
      if (below < all) curve.push({ x: 1 / (1 - below / all), y: Math.max(micros, 1) });
    }
    if (curve.length > 0) curve.push({ x: 1.2 * all, y: curve.at(-1).y });
    return [label, curve, all];
  }).filter(([, curve]) => curve.length > 0);
  const largest = Math.max(10, ...curves.map(([, , all]) => 1.2 * all));
  const ticks = [1, 2, 10, 100, 1000, 1e4, 1e5, 1e6].filter((tick) => tick <= largest);
  const values = curves.flatMap(([, curve]) => curve.map(({ y }) => y));
  const isLog = Math.max(...values) > 50 * Math.min(...values);
  const labelled = Math.max(...values) > 1e3 * Math.min(...values) ? /^10*$/ : /^[125]0*$/;
  const chart = drawing(`${picture.title}: ${curves.map(([label]) => label).join(", ")}`, (width) => draw(width, {
    height: 250, marginBottom: 40, marginTop: 24, marginLeft: 64,
    x: { type: "log", domain: [1, largest], label: "percentile", ticks: ticks.filter((tick) => tick !== 2 || width > 420), tickFormat: (tick) => tick === 1 ? "0 %" : `${(100 - 100 / tick).toFixed(Math.max(0, Math.log10(tick) - 2))} %` },
    y: { type: isLog ? "log" : "linear", grid: true, label: "duration", tickFormat: (micros) => isLog && !labelled.test(String(micros)) ? "" : TICKS.micros(micros), ...(isLog ? {} : { zero: true, nice: true, ticks: 5 }) },
    marks: [
      curves.map(([, curve], index) => Charts.line(curve, { x: "x", y: "y", stroke: COLORS[index % COLORS.length], strokeWidth: 2, strokeDasharray: DASHES[index % DASHES.length] })),
    ],
  }));
  return [key(curves.map(([label]) => label), []), chart];
}

// Bars between bounds on a logarithmic axis, as high as what a doubling of the size would have at their rate, so that equal
// areas are equal counts whatever the bounds are. What begins at 0 or has no end is drawn as one doubling.
function histogram(picture) {
  const rows = at(picture.data);
  const form = TICKS[picture.form];
  const isOpen = (row) => row.to === undefined || row.to === null;
  const name = (row) => isOpen(row) ? `${form(row.from)} or more` : picture.form === "count" && row.to === row.from + 1 ? form(row.from) : `${form(row.from)} to ${form(row.to)}`;
  const right = (row) => isOpen(row) ? Math.log2(Math.max(row.from, 1)) + 1 : Math.log2(row.to);
  const left = (row) => row.from > 0 ? Math.log2(row.from) : right(row) - 1;
  const height = (row) => row.count / (right(row) - left(row));
  return drawing(picture.title, (width) => {
    const least = 46 * (right(rows.at(-1)) - left(rows[0])) / Math.max(1, width - 90);
    const ticks = [];
    for (const row of rows) if (ticks.length === 0 || left(row) - left(ticks.at(-1)) >= least) ticks.push(row);
    const bounds = new Map(ticks.map((row) => [left(row), row.from]));
    return draw(width, {
      height: 246, marginBottom: 56, marginTop: 24,
      x: { type: "linear", domain: [left(rows[0]), right(rows.at(-1))], label: "logarithmic; area is the count" },
      y: { label: `${picture.what} per doubling`, grid: true, tickFormat: (count) => short.format(count), ticks: 5 },
      marks: [
        Charts.axisX([...bounds.keys()], { tickFormat: (place) => form(bounds.get(place)) }),
        Charts.rectY(rows, { x1: left, x2: right, y1: 0, y2: height, fill: "var(--line-1)", inset: 0.5, title: (row) => `${name(row)}\n${number.format(row.count)}`, tip: { format: { x1: false, x2: false, y1: false, y2: false, x: false, y: false } } }),
        Charts.ruleY([0], { stroke: "var(--rule)" }),
      ],
    });
  });
}

// The outlines of several histograms, as shares.
function sizes(picture) {
  const form = TICKS[picture.form];
  const right = (row) => row.to === null ? Math.log2(Math.max(row.from, 1)) + 1 : Math.log2(row.to);
  const left = (row) => row.from > 0 ? Math.log2(row.from) : right(row) - 1;
  const all = picture.series.map(([, pointer]) => at(pointer));
  const outline = (rows) => [{ x: left(rows[0]), y: 0 }, ...rows.flatMap((row) => [left(row), right(row)].map((x) => ({ x, y: row.share / (right(row) - left(row)) }))), { x: right(rows.at(-1)), y: 0 }];
  const bounds = [...new Map(all.flat().map((row) => [left(row), row.from]))].sort((a, b) => a[0] - b[0]);
  const last = Math.max(...all.map((rows) => right(rows.at(-1))));
  const labels = picture.series.map(([label]) => label);
  const chart = drawing(`${picture.title}: ${labels.join(", ")}`, (width) => {
    const least = 46 * (last - bounds[0][0]) / Math.max(1, width - 90);
    const ticks = [];
    for (const bound of bounds) if (ticks.length === 0 || bound[0] - ticks.at(-1)[0] >= least) ticks.push(bound);
    const names = new Map(ticks);
    return draw(width, {
      height: 246, marginBottom: 56, marginTop: 24,
      x: { type: "linear", domain: [bounds[0][0], last], label: "logarithmic; area is the share" },
      y: { label: `share of ${picture.what} per doubling`, grid: true, zero: true, tickFormat: TICKS.share, ticks: 5 },
      marks: [
        Charts.axisX([...names.keys()], { tickFormat: (place) => form(names.get(place)) }),
        Charts.ruleY([0], { stroke: "var(--rule)" }),
        all.map((rows, index) => Charts.line(outline(rows), { x: "x", y: "y", stroke: COLORS[index % COLORS.length], strokeWidth: 2, strokeDasharray: DASHES[index % DASHES.length] })),
      ],
    });
  });
  return [key(labels, []), chart];
}

// Of each count the standard deviations from what is expected; those that are farther than is drawn stand at the edge.
const MOST_DEVIATIONS = 6;
const WITHIN = 1.96;
function intervals(picture) {
  const rows = at(picture.data).map((row) => ({ ...row, name: shown(row.name), at: Math.max(-MOST_DEVIATIONS, Math.min(MOST_DEVIATIONS, row.deviations ?? MOST_DEVIATIONS)) }));
  const text = (row) => `${FORMS.count(row.found)}, expected ${FORMS.floor(row.low)} to ${FORMS.ceiling(row.high)}`;
  return drawing(`${picture.title}: ${rows.map((row) => `${row.name} ${text(row)}`).join(", ")}`, (width) => {
    const left = Math.min(170, width * 0.4);
    const isWide = width > 640;
    return draw(width, {
      height: rows.length * 24 + 60, marginLeft: left, marginRight: isWide ? 220 : 16, marginBottom: 40, marginTop: 8,
      x: { domain: [-MOST_DEVIATIONS, MOST_DEVIATIONS], label: isWide ? "standard deviations of a run" : "standard deviations", ticks: [-4, -2, 0, 2, 4], grid: true, tickFormat: (value) => `${value}` },
      y: { type: "band", domain: rows.map(({ name }) => name), label: null, tickSize: 0, tickFormat: (name) => cut(name, Math.floor(left / 7.5)) },
      marks: [
        Charts.rectX([0], { x1: -WITHIN, x2: WITHIN, fill: "var(--line-1)", fillOpacity: 0.16 }),
        Charts.ruleX([0], { stroke: "var(--rule)" }),
        Charts.dot(rows, { x: "at", y: "name", r: 5, symbol: (row) => row.place === "within" ? "circle" : row.place === "outside" ? "diamond" : "times", stroke: (row) => row.place === "far" ? "var(--bad)" : "var(--line-1)", fill: (row) => row.place === "far" ? "none" : "var(--line-1)", strokeWidth: 2, title: (row) => `${row.name}\n${text(row)}`, tip: { format: { x: false, y: false, symbol: false, stroke: false, fill: false } } }),
        isWide ? Charts.text(rows, { y: "name", frameAnchor: "right", dx: 212, textAnchor: "end", text, fill: "var(--muted)" }) : null,
      ],
      symbol: { type: "identity" }, color: { type: "identity" },
    });
  });
}

function barRows(picture) {
  const found = at(picture.data);
  const value = (row) => picture.value && row !== null && typeof row === "object" ? walk(row, picture.value) : row;
  if (!Array.isArray(found)) return Object.entries(found).map(([name, row]) => [name, value(row)]);
  return found.map((row) => Array.isArray(row) ? row : [walk(row, picture.label), value(row)]);
}

function bars(picture) {
  const all = barRows(picture).filter(([, value]) => typeof value === "number").sort((a, b) => b[1] - a[1]);
  const most = Math.max(...all.map(([, value]) => value), Number.MIN_VALUE);
  const sum = all.reduce((sum, [, value]) => sum + value, 0);
  const rows = all.slice(0, 24).map(([label, value]) => el("tr", {},
    el("th", { scope: "row" }, named(String(label))),
    el("td", { class: "bar" }, bar(value / most)),
    el("td", { class: "number" }, FORMS[picture.form](value)),
    picture.form === "count" ? el("td", { class: "number muted" }, `${one.format(100 * value / sum)} %`) : null));
  const more = all.length > 24 ? [el("p", { class: "muted" }, `and ${all.length - 24} more`)] : [];
  return [el("table", { class: "bars" }, el("tbody", {}, rows)), ...more];
}

function bar(share, kind = "") {
  const fill = el("span", { class: `fill ${kind}` });
  fill.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return el("span", { class: "track", "aria-hidden": "true" }, fill);
}

const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

function pairs(picture) {
  const rows = at(picture.data);
  const most = Math.max(1, ...rows.flatMap(({ first, second }) => [first, second]));
  const body = rows.slice(0, 24).map((row) => el("tr", {},
    el("th", { scope: "row" }, named(walk(row, picture.label) ?? "")),
    el("td", { class: "bar" }, bar(row.first / most, "before"), bar(row.second / most)),
    el("td", { class: "number" }, `${number.format(row.first)} → ${number.format(row.second)}`),
    el("td", { class: "number muted" }, row.first === row.second ? "" : signed(row.second - row.first, number.format))));
  const more = rows.length > 24 ? [el("p", { class: "muted" }, `and ${rows.length - 24} more`)] : [];
  const heading = (label) => el("th", { scope: "col", class: "number" }, label);
  return [scroller(picture.title, el("table", { class: "bars pairs" }, el("thead", {}, el("tr", {}, el("td", {}), el("td", {}), heading(`${picture.what}, first → second`), heading("difference"))), el("tbody", {}, body))), ...more];
}

function heat(picture) {
  const cells = at(picture.data).flatMap((hours, day) => hours.map((count, hour) => ({ day: WEEKDAYS[day], hour, count })));
  return drawing(`${picture.title}; the largest is ${number.format(Math.max(...cells.map(({ count }) => count)))}`, (width) => draw(width, {
    height: 236, marginLeft: 36, marginBottom: 36, marginTop: 8,
    x: { type: "linear", domain: [-0.6, 23.6], label: "hour (UTC)", ticks: width < 480 ? [0, 6, 12, 18, 23] : [0, 3, 6, 9, 12, 15, 18, 21, 23], tickFormat: (hour) => `${hour}` },
    y: { type: "point", domain: WEEKDAYS, label: null },
    r: { range: [0, Math.min(12, width / 56)] },
    marks: [Charts.dot(cells.filter(({ count }) => count > 0), { x: "hour", y: "day", r: "count", fill: "var(--line-1)", title: ({ day, hour, count }) => `${day} ${hour}:00\n${number.format(count)}`, tip: { format: { x: false, y: false, r: false } } })],
  }));
}

function flow(picture) {
  const links = at(picture.data);
  const form = TICKS[picture.form];
  const ids = new Map();
  const node = (step, name) => {
    const id = `${step} ${name}`;
    if (!ids.has(id)) ids.set(id, { id, name, step });
    return id;
  };
  const rows = links.map(({ step, from, to, ...row }) => ({ source: node(step, from), target: node(step + 1, to), value: row[picture.value] }));
  const svgOf = (outer) => {
    const steps = Math.max(...[...ids.values()].map(({ step }) => step));
    const width = Math.max(outer, (steps + 1) * 152);
    const most = Math.max(...[...Array(steps + 1).keys()].map((step) => [...ids.values()].filter((other) => other.step === step).length));
    const height = Math.max(260, most * 32);
    const graph = Charts.sankey().nodeId((n) => n.id).nodeAlign(Charts.sankeyLeft).nodeWidth(8).nodePadding(16)
      .extent([[2, 10], [width - 156, height - 10]])({ nodes: [...ids.values()].map((n) => ({ ...n })), links: rows.map((row) => ({ ...row })) });
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const add = (tag, attributes, text) => {
      const child = document.createElementNS("http://www.w3.org/2000/svg", tag);
      for (const [name, value] of Object.entries(attributes)) child.setAttribute(name, value);
      if (text !== undefined) child.textContent = shown(text);
      svg.append(child);
      return child;
    };
    svg.setAttribute("width", width);
    svg.setAttribute("height", height);
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    for (const link of graph.links) {
      const path = add("path", { d: Charts.sankeyLinkHorizontal()(link), class: link.target.name === "(end)" ? "link end" : "link", "stroke-width": Math.max(1, link.width) });
      const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
      title.textContent = shown(`${link.source.name} to ${link.target.name}: ${form(link.value)}`);
      path.append(title);
    }
    for (const n of graph.nodes) {
      add("rect", { x: n.x0, y: n.y0, width: n.x1 - n.x0, height: Math.max(1, n.y1 - n.y0), class: n.name === "(end)" ? "node end" : "node" });
      const name = cut(n.name, 18);
      const middle = (n.y0 + n.y1) / 2;
      const label = add("text", { x: n.x1 + 5, y: middle, dy: "0.32em", class: "name" }, name);
      const share = document.createElementNS("http://www.w3.org/2000/svg", "tspan");
      share.setAttribute("dx", "7");
      share.setAttribute("class", "value");
      share.textContent = form(n.value);
      label.append(share);
    }
    return svg;
  };
  return scroller(picture.title, drawing(picture.title, svgOf));
}

function lanes(picture) {
  const users = at(picture.data);
  const rows = users.flatMap(({ user_id: user, sessions }) => sessions.map(({ events }, index) => ({ lane: shown(`${user.length > 12 ? `…${user.slice(-8)}` : user} · ${index + 1}`), start: instant(events[0][0]), events })));
  const events = rows.flatMap(({ lane, start, events }) => events.map(([when, type]) => ({ lane, at: (instant(when) - start) / 1000, type })));
  const types = [...new Set(events.map(({ type }) => type))].slice(0, SYMBOLS.length);
  const end = rows.map(({ lane, events }) => ({ lane, end: Math.max(...events.map(([when]) => instant(when))) })).map(({ lane, end }, index) => ({ lane, end: (end - rows[index].start) / 1000 }));
  const longest = Math.max(...end.map(({ end }) => end));
  // On a square-root scale: each some way from the one before.
  const lasts = (longest, width) => [0, ...STEPS].reduce((ticks, step) => {
    const place = Math.sqrt(step / longest) * (width - 112);
    return step <= longest && (ticks.length === 0 || place - Math.sqrt(ticks.at(-1) / longest) * (width - 112) > 56) ? [...ticks, step] : ticks;
  }, []);
  const chart = drawing(`${picture.title}: ${rows.length} sessions`, (width) => draw(width, {
    height: rows.length * 26 + 50, marginLeft: 92, marginBottom: 40, marginTop: 10,
    x: { type: "sqrt", label: "time since the session began (square-root scale)", labelAnchor: "right", tickFormat: duration, ticks: lasts(longest, width), grid: true },
    y: { type: "point", domain: rows.map(({ lane }) => lane), label: null, tickSize: 0 },
    symbol: { domain: types, range: SYMBOLS.slice(0, types.length) },
    color: { domain: types, range: types.map((_, index) => COLORS[index % COLORS.length]) },
    marks: [
      Charts.ruleY(end, { y: "lane", x1: 0, x2: "end", stroke: "var(--rule)", strokeWidth: 6 }),
      Charts.dot(events.filter(({ type }) => types.includes(type)), { x: "at", y: "lane", symbol: "type", stroke: "type", fill: "var(--back)", r: 4.5, strokeWidth: 1.6, title: ({ at, type }) => shown(`${type}\n${duration(at)}`), tip: { format: { x: false, y: false, symbol: false, stroke: false } } }),
    ],
  }));
  const symbols = el("ul", { class: "key" }, types.map((type, index) => {
    const svg = Charts.plot({ width: 14, height: 14, margin: 0, axis: null, x: { domain: [0, 1] }, y: { domain: [0, 1] }, symbol: { domain: SYMBOLS, range: SYMBOLS }, marks: [Charts.dot([[0.5, 0.5]], { symbol: SYMBOLS[index], stroke: COLORS[index % COLORS.length], r: 4.5, strokeWidth: 1.6 })] });
    svg.setAttribute("aria-hidden", "true");
    for (const part of svg.querySelectorAll("[aria-label]")) part.removeAttribute("aria-label");
    return el("li", {}, svg, named(type, 60));
  }));
  return [symbols, chart];
}

const planted = ({ faults }) => Object.values(faults ?? {}).reduce((sum, count) => sum + count, 0);

function cases(picture) {
  const all = at(picture.data);
  const most = Math.max(1, ...all.map(planted));
  const rows = all.map((one) => {
    const missed = one.outcome.not_handled;
    const state = one.outcome === "handled" ? mark(true, "handled") : mark(false, missed ? "not handled" : "failed");
    const faults = Object.entries(one.faults ?? {}).map(([name, count]) => `${name.replaceAll("_", " ")} ${number.format(count)}`).join(", ");
    return el("tr", { class: one.outcome === "handled" ? undefined : "wrong" },
      el("th", { scope: "row" }, one.name), el("td", {}, state),
      el("td", { class: "number" }, missed ? `${number.format(missed.wrong)} of ${number.format(missed.of)}` : ""),
      el("td", { class: "bar" }, missed ? bar(missed.wrong / Math.max(1, missed.of), "bad") : ""),
      el("td", { class: "number" }, planted(one) > 0 ? number.format(planted(one)) : ""), el("td", { class: "bar" }, planted(one) > 0 ? bar(planted(one) / most) : ""),
      el("td", { class: "muted" }, faults));
  });
  const heading = (label, attributes) => el("th", { scope: "col", ...attributes }, label);
  return scroller(picture.title, el("table", { class: "bars cases" }, el("thead", {}, el("tr", {}, heading("case"), heading("outcome"),
    heading("wrong", { class: "number" }), el("td", { class: "bar" }), heading("planted", { class: "number" }), el("td", { class: "bar" }), heading("faults"))), el("tbody", {}, rows)));
}

function tableOf(picture) {
  const found = at(picture.data);
  const rows = Array.isArray(found) ? found : Object.entries(found).map(([name, row]) => ({ name: name || "(none)", ...(typeof row === "object" ? row : { value: row }) }));
  const keys = picture.columns.length > 0 ? picture.columns : [...new Set(rows.slice(0, MOST_ALL).flatMap(Object.keys))]
    .map((name) => ({ label: name, field: name.replaceAll("~", "~0").replaceAll("/", "~1"), form: rows.some((row) => typeof row[name] === "number") ? "exact" : "text" }));
  const columns = keys.filter(({ field }) => rows.some((row) => ![undefined, null, 0, ""].includes(field === "" ? row : walk(row, field))));
  if (rows.length <= MOST_ROWS) return [table(columns, rows, picture.title)];
  const all = el("details", { class: "read" }, el("summary", {}, `All ${number.format(rows.length)} rows${rows.length > MOST_ALL ? `, of which ${number.format(MOST_ALL)} are shown` : ""}`));
  all.addEventListener("toggle", () => all.append(table(columns, rows.slice(0, MOST_ALL), `All of ${picture.title}`)), { once: true });
  return [table(columns, rows.slice(0, FIRST_ROWS), picture.title), all];
}

const STATES = { missing: "missing", unexpected: "too many", duplicated: "again", altered: "" };

function marked(picture) {
  const { keys, columns, rows, more } = at(picture.data);
  const cell = (value) => {
    if (value === null || typeof value !== "object") return el("td", { class: "number" }, value === null || value === "" ? "" : value);
    const words = (text) => text === "" ? "null" : text;
    return el("td", { class: "number differs" }, el("del", {}, el("span", { class: "sr" }, "is "), words(value.actual)), el("ins", {}, el("span", { class: "sr" }, "should be "), words(value.expected)));
  };
  const body = rows.map((row) => el("tr", { class: row.state === "altered" ? undefined : "wrong" },
    el("td", {}, STATES[row.state] ? mark(false, STATES[row.state]) : ""), row.key.map((text) => el("th", { scope: "row" }, text)), row.cells.map(cell)));
  const heads = ["", ...keys, ...columns].map((name, index) => index === 0 ? el("td", {}) : el("th", { scope: "col", class: index > keys.length ? "number" : undefined }, name));
  return [scroller(picture.title, el("table", { class: "marked" }, el("thead", {}, el("tr", {}, heads)), el("tbody", {}, body))),
    more > 0 ? el("p", { class: "muted" }, `and ${number.format(more)} more rows that differ`) : null];
}

function values(picture) {
  return el("dl", { class: "values" }, picture.rows.map(({ label, value, form }) => el("div", {}, el("dt", {}, label), el("dd", {}, written(at(value), form)))));
}

const SHAPES = { strips, lines, percentiles, histogram, sizes, intervals, bars, pairs, heat, flow, lanes, cases, table: tableOf, marked, values };
const TABLES = ["cases", "table", "marked", "values", "bars", "pairs"];
