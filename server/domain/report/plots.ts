import { type Html, html } from "./page.ts";

// Plots as inline SVG. Each is hidden from screen readers where a table beside it says the same.

/** A bar of a share inside a table, whose number stands in the next cell. */
export function shareBar(part: number, of: number, colour: "bar" | "bar2" | "bar3" = "bar"): Html {
  const width = 110;
  const filled = of === 0 ? 0 : Math.max(part > 0 ? 1.5 : 0, (part / of) * width);
  return html`<svg width="${width}" height="11" viewBox="0 0 ${width} 11" aria-hidden="true"><rect class="rest" width="${width}" height="11" rx="2"/><rect class="${colour}" width="${round(filled)}" height="11" rx="2"/></svg>`;
}

export type Stack = { label: string; value: number; text: string; colour: "bar" | "bar2" | "bar3" | "rest" };

/** Parts of a whole as one bar, named below it. */
export function stack(parts: readonly Stack[]): Html {
  const width = 720;
  const total = parts.reduce((sum, { value }) => sum + value, 0);
  let at = 0;
  const drawn = parts.map(({ value, colour }) => {
    const size = total === 0 ? 0 : (value / total) * width;
    const x = at;
    at += size;
    return size === 0
      ? ""
      : html`<rect class="${colour}" x="${round(x)}" width="${round(Math.max(size, 1))}" height="26"/>`;
  });
  return html`<svg viewBox="0 0 ${width} 26" preserveAspectRatio="none" style="width:100%;height:26px" aria-hidden="true">${drawn}</svg>
<ul class="key">${parts.map(
    ({ label, text, colour }) =>
      html`<li><svg width="11" height="11" aria-hidden="true"><rect class="${colour}" width="11" height="11" rx="2"/></svg>${label}: <strong>${text}</strong></li>`,
  )}</ul>`;
}

export type Bin = { label: string; value: number; text: string };

/**
 * Vertical bars over a baseline, each with its number where there is room. `marks` stand at a place between 0 and the
 * number of bars. `width` of the drawing: text keeps its size where the figure is about as wide.
 */
export function columns(bins: readonly Bin[], marks: readonly { at: number; label: string }[] = [], width = 720): Html {
  const height = 190;
  const top = marks.length > 0 ? 30 : 18;
  const base = height - 34;
  // few bars are not blown up
  const step = Math.min(110, (width - 8) / Math.max(1, bins.length));
  const most = Math.max(1, ...bins.map(({ value }) => value));
  const tall = (value: number) => {
    if (value === 0) return 0;
    return Math.max(1.5, (value / most) * (base - top));
  };
  // labels that would run into each other are left out, evenly
  const widest = Math.max(...bins.map(({ label }) => label.length)) * 6.3 + 8;
  const every = Math.max(1, Math.ceil(widest / step));
  const numbers = Math.max(...bins.map(({ text }) => text.length)) * 6.3 + 2 <= step;
  return html`<svg viewBox="0 0 ${width} ${height}" aria-hidden="true">
<line class="axis" x1="4" x2="${width - 4}" y1="${base}" y2="${base}"/>
${bins.map(({ label, value, text }, index) => {
  const x = 4 + index * step;
  const size = tall(value);
  return html`<rect class="bar" x="${round(x + step * 0.08)}" y="${round(base - size)}" width="${round(step * 0.84)}" height="${round(size)}"/>${
    numbers && value > 0
      ? html`<text class="strong" x="${round(x + step / 2)}" y="${round(base - size - 4)}" text-anchor="middle">${text}</text>`
      : ""
  }${index % every === 0 ? html`<text x="${round(x + step / 2)}" y="${base + 15}" text-anchor="middle">${label}</text>` : ""}`;
})}
${marks.map(
  ({ at }) => html`<line class="mark" x1="${round(4 + at * step)}" x2="${round(4 + at * step)}" y1="14" y2="${base}"/>`,
)}
${marks.map(
  ({ at, label }) => html`<text class="strong" x="${round(4 + at * step)}" y="11" text-anchor="middle">${label}</text>`,
)}
</svg>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
