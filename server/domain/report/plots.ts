import { Html, html } from "./page.ts";

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

export type Line = {
  label: string;
  values: readonly (number | undefined)[];
  colour: "bar" | "bar2" | "bar3";
  dashed?: true;
};

/** Lines over the same places of one axis from 0, named below; `most` at the top of the axis. What is undefined is left out. */
export function lines(
  places: readonly string[],
  all: readonly Line[],
  axis: { most: number; text: (value: number) => string },
  width = 720,
): Html {
  const [height, top, left] = [220, 12, 64];
  const base = height - 26;
  const step = (width - left - 16) / Math.max(1, places.length - 1);
  const y = (value: number) => base - (Math.max(0, Math.min(value, axis.most)) / Math.max(axis.most, 1)) * (base - top);
  const every = Math.max(1, Math.ceil((Math.max(...places.map(({ length }) => length)) * 6.3 + 8) / step));
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => part * axis.most);
  return html`<svg viewBox="0 0 ${width} ${height}" aria-hidden="true">
${ticks.map(
  (tick) =>
    html`<line class="axis" x1="${left}" x2="${width - 8}" y1="${round(y(tick))}" y2="${round(y(tick))}"/><text x="${left - 6}" y="${round(y(tick) + 4)}" text-anchor="end">${axis.text(tick)}</text>`,
)}
${places.map((place, at) => (at % every === 0 ? html`<text x="${round(left + at * step)}" y="${height - 8}" text-anchor="middle">${place}</text>` : ""))}
${all.map(({ values, colour, dashed }) => {
  const points = values.flatMap((value, at) =>
    value === undefined ? [] : [`${round(left + at * step)},${round(y(value))}`],
  );
  return html`<polyline class="line-${colour}" points="${points.join(" ")}"${new Html(dashed ? ' stroke-dasharray="5 4"' : "")}/>${
    dashed
      ? ""
      : points.map(
          (point) => html`<circle class="${colour}" cx="${point.split(",")[0]}" cy="${point.split(",")[1]}" r="3"/>`,
        )
  }`;
})}
</svg>
<ul class="key">${all.map(
    ({ label, colour, dashed }) =>
      html`<li><svg width="22" height="11" aria-hidden="true"><line class="line-${colour}" x1="0" x2="22" y1="5.5" y2="5.5"${new Html(dashed ? ' stroke-dasharray="5 4"' : "")}/></svg>${label}</li>`,
  )}</ul>`;
}

export type Signed = { label: string; value: number; text: string };

/** Amounts left and right of a middle line, one below the other, each under its name and beside its text. */
export function signed(all: readonly Signed[], width = 720): Html {
  const [row, middle, room] = [38, width / 2, width / 2 - 90];
  const most = Math.max(1, ...all.map(({ value }) => Math.abs(value)));
  const height = all.length * row + 4;
  return html`<svg viewBox="0 0 ${width} ${height}" aria-hidden="true"><line class="axis" x1="${round(middle)}" x2="${round(middle)}" y1="0" y2="${height}"/>
${all.map(({ label, value, text }, at) => {
  const size = value === 0 ? 0 : Math.max(1.5, (Math.abs(value) / most) * room);
  const y = at * row + 3;
  const [x, end] = value < 0 ? [middle - size, middle - size - 5] : [middle, middle + size + 5];
  return html`<text class="strong" x="${round(middle)}" y="${y + 11}" text-anchor="middle">${label}</text><rect class="${value < 0 ? "bar2" : "bar"}" x="${round(x)}" y="${y + 16}" width="${round(size)}" height="14"/><text x="${round(end)}" y="${y + 27}" text-anchor="${value < 0 ? "end" : "start"}">${text}</text>`;
})}</svg>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
