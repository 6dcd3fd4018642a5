// What page.js draws with.
export { plot, axisX, axisY, dot, gridY, line, rectX, rectY, ruleX, ruleY, text, pointerX, tip } from "@observablehq/plot";
export { sankey, sankeyLeft, sankeyLinkHorizontal } from "d3-sankey";
