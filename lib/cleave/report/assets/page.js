// What a report's script writes figures and elements with. Text goes to the page by textContent, never as markup.
const cleavePage = (() => {
  "use strict";

  // ---- text ----
  const threeDigits = (value) => {
    const size = Math.abs(value);
    return value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
  };
  const scaled = (value, units) => {
    let best = units[0];
    for (const unit of units) if (Math.abs(value) >= unit[0] * 0.9995) best = unit;
    return `${threeDigits(value / best[0])} ${best[1]}`;
  };
  const timeText = (ms) => scaled(ms, [[1e-6, "ns"], [1e-3, "us"], [1, "ms"], [1e3, "s"]]);
  const energyText = (mj) => scaled(mj, [[1e-9, "pJ"], [1e-6, "nJ"], [1e-3, "uJ"], [1, "mJ"], [1e3, "J"]]);
  const bytesText = (bytes) =>
    bytes < 1000 ? `${bytes} B` : scaled(bytes, [[1e3, "kB"], [1e6, "MB"], [1e9, "GB"]]);
  const countText = (count) => count.toLocaleString("en-US");
  const ratioText = (ratio) => (ratio === null ? "-" : `${ratio.toFixed(2)}x`);
  const shapeText = (shape) => shape.join(" x ");
  const shareText = (share) => `${Math.round(100 * share)} %`;

  // ---- page ----
  /** An element with text, or with children; `attributes` are set as they are. */
  const make = (name, attributes = {}, content = []) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (Array.isArray(content)) element.append(...content);
    else element.textContent = content;
    return element;
  };
  const legend = (entries) =>
    make("ul", { class: "legend" }, entries.map(([colour, text]) => {
      const mark = make("i");
      mark.style.background = `var(--${colour})`;
      return make("li", {}, [mark, text]);
    }));
  /** The head of a table. */
  const headOf = (titles) => make("thead", {}, [make("tr", {}, titles.map((text) => make("th", { scope: "col" }, text)))]);
  /** A figure over a bar; `share` is how much of the cell the bar takes. */
  const barCell = (text, share, look) => {
    const bar = make("i", { class: look });
    bar.style.width = `${100 * Math.min(1, share)}%`;
    return make("td", { class: "bar" }, [make("span", {}, text), bar]);
  };

  return {
    timeText, energyText, bytesText, countText, ratioText, shareText, shapeText, make, legend, headOf, barCell,
  };
})();
