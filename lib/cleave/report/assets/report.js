// The interactive part of a report. Draws what report/write_json.cpp wrote; all of it is data, so text goes to the page
// by textContent and to Vega as values, never as markup or expressions.
(() => {
  "use strict";

  const data = JSON.parse(document.getElementById("data").textContent);
  const {
    timeText, energyText, bytesText, countText, ratioText, shareText, shapeText, make, legend, headOf, barCell,
  } = cleavePage;
  const layers = data.network.layers;
  const points = [data.baseline, ...data.points];
  /** Whether 90 % intervals are drawn; the picked point's, and all if they are few. */
  let intervals = data.draws > 0;
  const fewPoints = 12;
  let picked = Math.max(0, points.findIndex((point) => point.id !== "" && point.id === data.knee));
  if (picked === 0 && points.length > 1) picked = 1;

  const pointName = (point) => (point.id ? point.id + (point.role ? ` (${point.role})` : "") : "GPU only");
  const layerNames = (ids, most = 4) =>
    ids.slice(0, most).map((id) => layers[id].name).join(", ") +
    (ids.length > most ? ` and ${ids.length - most} more` : "");
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  // ---- charts ----
  const config = () => ({
    background: null,
    font: getComputedStyle(document.body).fontFamily,
    view: { stroke: null },
    axis: {
      labelColor: colour("soft"), titleColor: colour("soft"), gridColor: colour("rule"), domainColor: colour("faint"),
      tickColor: colour("faint"), labelFontSize: 12, titleFontSize: 12, titleFontWeight: 400, titlePadding: 8,
    },
    text: { color: colour("ink") },
  });
  const views = new Map();

  /** Puts a chart into the element of that id, in the place of one that is there. */
  const draw = async (id, spec) => {
    const old = views.get(id);
    const result = await vegaEmbed(`#${id}`, {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      width: "container", autosize: { type: "fit-x", contains: "padding" }, config: config(), ...spec,
    }, {
      mode: "vega-lite", renderer: "svg", actions: false, ast: true,
      // Nothing is loaded, whatever a chart may ask for.
      loader: { load: () => Promise.reject(new Error("no connections")), sanitize: () => Promise.reject(new Error("no links")) },
    });
    views.set(id, result);
    if (old) old.finalize();
    return result.view;
  };
  const title = { field: "name", type: "nominal", title: "title" };
  const field = (name, heading) => ({ field: name, type: "nominal", title: heading });

  const frontRow = (point, number) => ({
    number, role: point.role, name: pointName(point), latency: point.latency, energy: point.energy,
    latencyText: timeText(point.latency), energyText: energyText(point.energy), speedup: ratioText(point.speedup),
    gain: ratioText(point.gain), alm: countText(point.resources.alm), traffic: bytesText(point.bytes),
    strategies: point.strategies.join(", "),
    latencyLow: point.uncertainty?.latency[0], latencyHigh: point.uncertainty?.latency[1],
    energyLow: point.uncertainty?.energy[0], energyHigh: point.uncertainty?.energy[1],
    told: point.uncertainty
      ? `${timeText(point.uncertainty.latency[0])} to ${timeText(point.uncertainty.latency[1])}, ` +
        `${energyText(point.uncertainty.energy[0])} to ${energyText(point.uncertainty.energy[1])}`
      : "",
  });

  const drawFront = async () => {
    const rows = points.map(frontRow);
    const front = rows.slice(1);
    const dominated = data.dominated.map((point) => ({
      name: "dominated", latency: point.latency, energy: point.energy, latencyText: timeText(point.latency),
      energyText: energyText(point.energy), what: `${point.from} with ${point.change}`,
    }));
    const scale = { zero: false, nice: true };
    const x = { field: "latency", type: "quantitative", title: "latency, ms", scale, axis: { grid: false, tickCount: 7, labelOverlap: "greedy", labelSeparation: 8 } };
    const y = { field: "energy", type: "quantitative", title: "energy, mJ", scale, axis: { tickCount: 6 } };
    const tooltip = [
      title, field("latencyText", "latency"), field("energyText", "energy"), field("speedup", "speed-up"),
      field("gain", "energy gain"), field("alm", "ALM"), field("traffic", "link"), field("strategies", "strategies"),
      ...(data.draws > 0 ? [field("told", "90 % interval")] : []),
    ];
    const ranged = intervals
      ? front.filter((row) => front.length <= fewPoints || row.role || row.number === picked)
      : [];
    const interval = {
      data: { values: ranged },
      mark: { type: "rule", color: colour("fpga"), strokeWidth: 1.5 },
    };
    const crowded = front.length > 3 * fewPoints;
    const isPicked = `datum.number === ${Number(picked)}`;
    const strength = { opacity: { condition: { test: isPicked, value: 0.9 }, value: 0.3 } };
    // Vega warns of a layer without data; those are left out.
    const layersOf = (values, ...layers) => (values.length === 0 ? [] : layers);
    const view = await draw("front-chart", {
      height: 380,
      layer: [
        ...layersOf(ranged,
          { ...interval, encoding: { x: { ...x, field: "latencyLow" }, x2: { field: "latencyHigh" }, y, ...strength } },
          { ...interval, encoding: { x, y: { ...y, field: "energyLow" }, y2: { field: "energyHigh" }, ...strength } }),
        ...layersOf(dominated, {
          name: "dominated", data: { values: dominated },
          mark: { type: "point", shape: "circle", filled: true, size: 22, opacity: 1, color: colour("dominated"), description: "dominated" },
          encoding: { x, y, tooltip: [title, field("what", "design point"), field("latencyText", "latency"), field("energyText", "energy")] },
        }),
        ...layersOf(front, {
          data: { values: front }, mark: { type: "line", interpolate: "step-after", color: colour("fpga"), opacity: 0.55, strokeWidth: 1.5 },
          encoding: { x, y, order: { field: "latency", type: "quantitative" } },
        }),
        {
          name: "points", data: { values: [...rows.filter((row) => row.number !== picked), rows[picked]] },
          params: [{ name: "pick", select: { type: "point", fields: ["number"], toggle: false, clear: false }, value: [{ number: picked }] }],
          mark: { type: "point", filled: true, opacity: 1, cursor: "pointer" },
          encoding: {
            x, y, tooltip,
            shape: { condition: { test: "datum.number === 0", value: "diamond" }, value: "circle" },
            color: { condition: { test: "datum.number === 0", value: colour("baseline") }, value: colour("fpga") },
            size: { condition: [{ test: isPicked, value: 190 }, { test: "datum.number === 0", value: 130 }], value: crowded ? 40 : 80 },
            stroke: { condition: { test: isPicked, value: colour("ink") }, value: colour("card") },
            strokeWidth: { condition: { test: isPicked, value: 2 }, value: crowded ? 0 : 1.2 },
          },
        },
        {
          data: { values: rows.slice(0, 1) },
          // The wide one behind keeps it readable on top of points.
          encoding: { x, y, text: { value: "GPU only" } },
          layer: [
            { mark: { type: "text", dy: -17, fontWeight: 600, fontSize: 12, stroke: colour("card"), strokeWidth: 5, strokeJoin: "round" } },
            { mark: { type: "text", dy: -17, fontWeight: 600, fontSize: 12, color: colour("ink") } },
          ],
        },
      ],
    });
    view.addSignalListener("pick", (_, value) => {
      const number = value.number?.[0];
      if (number !== undefined && number !== picked) pick(number);
    });
  };

  const laneColour = (bar) =>
    bar.activity === "convert" ? "gpu-idle" : { GPU: "gpu", FPGA: "fpga", link: "link" }[bar.lane];

  /** Rows of the schedule; with streamed hand-over one for each direction of the link, which are at work at once. */
  const lanes = data.streamed ? ["GPU", "to FPGA", "to GPU", "FPGA"] : ["GPU", "link", "FPGA"];
  const rowOf = (bar) => (data.streamed && bar.lane === "link" ? bar.activity : bar.lane);

  const drawSchedule = (point) => {
    const kinds = { gpu: "compute on GPU", "gpu-idle": "convert, add", link: "transfer", fpga: "compute on FPGA" };
    const rows = point.bars.map((bar) => ({
      lane: rowOf(bar), start: bar.start, end: bar.end, kind: kinds[laneColour(bar)],
      name: `${bar.activity}: ${layerNames(bar.layers)}`, startText: timeText(bar.start),
      time: timeText(bar.end - bar.start), energyText: energyText(bar.energy), traffic: bar.bytes ? bytesText(bar.bytes) : "-",
    }));
    return draw("schedule-chart", {
      height: 50 * lanes.length,
      data: { values: rows },
      params: [{ name: "window", bind: "scales", select: { type: "interval", encodings: ["x"], zoom: "wheel![event.shiftKey]" } }],
      mark: { type: "rect", stroke: colour("card"), strokeWidth: 0.5 },
      encoding: {
        x: { field: "start", type: "quantitative", title: "ms", scale: { domain: [0, point.latency], nice: false }, axis: { grid: false, tickCount: 8, labelOverlap: "greedy", labelSeparation: 8 } },
        x2: { field: "end" },
        y: { field: "lane", type: "nominal", title: null, sort: null, scale: { domain: lanes, paddingInner: 0.18 }, axis: { domain: false, ticks: false, labelPadding: 8 } },
        color: { field: "kind", type: "nominal", legend: null, scale: { domain: Object.values(kinds), range: Object.keys(kinds).map(colour) } },
        tooltip: [title, field("startText", "starts at"), field("time", "takes"), field("energyText", "energy"), field("traffic", "bytes")],
      },
    });
  };

  const drawDevices = (point) => {
    const colours = {
      "GPU at work": "gpu", "GPU idle": "gpu-idle", "FPGA at work": "fpga", "FPGA static": "fpga-idle",
      "link at work": "link", "link idle": "link-idle",
    };
    const rows = [["GPU only", data.baseline], ["this point", point]].flatMap(([of, each]) =>
      each.devices.map((part, order) => ({
        of, order, kind: `${part.device} ${part.state}`, name: `${of}: ${part.device} ${part.state}`,
        energy: part.energy, energyText: energyText(part.energy), share: shareText(part.energy / each.energy),
      })));
    return draw("devices-chart", {
      height: 90,
      data: { values: rows },
      mark: { type: "bar", height: { band: 0.72 } },
      encoding: {
        x: { field: "energy", type: "quantitative", title: "mJ", stack: "zero", axis: { grid: true, tickCount: 6 } },
        y: { field: "of", type: "nominal", title: null, sort: null, axis: { domain: false, ticks: false, labelPadding: 8 } },
        order: { field: "order", type: "quantitative" },
        color: { field: "kind", type: "nominal", legend: null, scale: { domain: Object.keys(colours), range: Object.values(colours).map(colour) } },
        tooltip: [title, field("energyText", "energy"), field("share", "share")],
      },
    });
  };

  /** Names of modules; the second of a name gets its number, so that each has a bar of its own. */
  const moduleLabels = data.network.modules.map(({ name }, number, all) =>
    all.findIndex((other) => other.name === name) === number ? name : `${name} #${number + 1}`);

  /** What each module takes of `quantity`, energy or latency, beside the GPU alone. */
  const drawModules = (point, id, quantity, unit) => {
    const rows = data.network.modules.map((module, number) => {
      const [before, after] = [data.baseline.modules[number], point.modules[number]];
      return {
        module: moduleLabels[number], name: module.name, strategy: after.strategy, amount: after[quantity], before: before[quantity],
        energy: `${energyText(after.energy)} (GPU only ${energyText(before.energy)})`,
        time: `${timeText(after.latency)} (GPU only ${timeText(before.latency)})`, uses: after.strategy === "gpu" ? "gpu" : "fpga",
      };
    });
    const y = {
      field: "module", type: "nominal", title: null, sort: null,
      axis: { labelLimit: 130, domain: false, ticks: false, labelPadding: 8 },
    };
    const tooltip = [title, field("strategy", "strategy"), field("energy", "energy"), field("time", "time")];
    return draw(id, {
      height: 20 * rows.length,
      data: { values: rows },
      layer: [
        {
          mark: { type: "bar", height: { band: 0.72 } },
          encoding: {
            x: { field: "amount", type: "quantitative", title: unit, axis: { tickCount: 6 } }, y, tooltip,
            color: { field: "uses", type: "nominal", legend: null, scale: { domain: ["gpu", "fpga"], range: ["gpu", "fpga"].map(colour) } },
          },
        },
        {
          mark: { type: "tick", thickness: 2, color: colour("ink"), height: { band: 0.9 } },
          encoding: { x: { field: "before", type: "quantitative" }, y, tooltip },
        },
      ],
    });
  };

  const drawLink = (point) => {
    const rows = point.bars.filter((bar) => bar.lane === "link").map((bar, number) => ({
      number, direction: bar.activity, name: layerNames(bar.layers), bytes: bar.bytes / 1e3, traffic: bytesText(bar.bytes),
      startText: timeText(bar.start), time: timeText(bar.end - bar.start), energyText: energyText(bar.energy),
    }));
    return draw("link-chart", {
      height: 170,
      data: { values: rows },
      mark: { type: "bar", width: { band: 0.8 } },
      encoding: {
        x: { field: "number", type: "ordinal", title: "transfers in order", axis: { labels: false, ticks: false } },
        y: { field: "bytes", type: "quantitative", title: "kB", axis: { tickCount: 5 } },
        color: { field: "direction", type: "nominal", legend: null, scale: { domain: ["to FPGA", "to GPU"], range: ["link", "link-idle"].map(colour) } },
        tooltip: [title, field("direction", "direction"), field("traffic", "bytes"), field("startText", "starts at"), field("time", "takes"), field("energyText", "energy")],
      },
    });
  };

  // ---- what is picked ----

  const fact = (name, value, note) => [
    make("dt", {}, name), make("dd", {}, [value, ...(note ? [make("small", {}, note)] : [])]),
  ];
  const showFacts = (point) => {
    const sure = point.uncertainty;
    const range = (pair, text) => sure && `${text(pair[0])} to ${text(pair[1])}`;
    document.getElementById("facts").replaceChildren(
      ...fact("latency", timeText(point.latency), range(sure?.latency, timeText)),
      ...fact("energy", energyText(point.energy), range(sure?.energy, energyText)),
      ...fact("speed-up", ratioText(point.speedup), range(sure?.speedup, ratioText)),
      ...fact("energy gain", ratioText(point.gain), range(sure?.gain, ratioText)),
      ...fact("between frames", timeText(point.interval), "all devices on successive frames"),
      ...fact("link traffic", bytesText(point.bytes)),
      ...fact("strategies", point.strategies.join(", ")),
      ...(sure ? fact("fits the FPGA in", `${shareText(sure.fits)} of draws`) : []),
      ...(sure ? fact("not dominated in", `${shareText(sure.nondominated)} of draws`) : []),
      ...(point.extrapolated.length
        ? fact("extrapolated", `${point.extrapolated.length} of its layers`, layerNames(point.extrapolated.map((found) => found.layer), 3))
        : []));
  };

  const light = new Set(["batch_norm", "relu", "relu6", "leaky_relu", "prelu", "dropout", "flatten", "slice", "concat", "shuffle"]);
  const describe = (id, place) =>
    `${layers[id].name}: ${layers[id].op}, ${shapeText(layers[id].shape)}. ${place.words}.`;
  const showNetwork = (point) => {
    const note = document.getElementById("layer-note");
    note.textContent = "Point at a layer, or tap it, to see what it is.";
    const rows = data.network.modules.flatMap((module, number) => {
      const cells = [];
      for (let id = Math.max(module.first, 1); id <= module.last; ++id) {
        const place = point.places[id - 1];
        const text = describe(id, place);
        const cell = make("button", {
          type: "button", class: `layer ${place.device}${light.has(layers[id].op) ? " light" : ""}`, title: text, "aria-label": text,
        });
        if (place.device === "split") cell.style.setProperty("--share", `${(100 * place.share) / place.extent}%`);
        for (const event of ["click", "focus", "pointerenter"]) cell.addEventListener(event, () => (note.textContent = text));
        cells.push(cell);
      }
      return [make("span", {}, module.name), make("div", { class: "layers" }, cells), make("span", { class: "strategy" }, point.modules[number].strategy)];
    });
    document.getElementById("modules").replaceChildren(...rows);
  };

  /** What the FPGA has. */
  const amounts = [["ALM", "alm"], ["DSP", "dsp"], ["M20K", "m20k"]].filter(([, key]) => data.capacity[key] > 0);
  const showResources = (point) => {
    const meters = amounts.map(([name, key]) => {
      const [used, capacity] = [point.resources[key], data.capacity[key]];
      const fill = make("i");
      fill.style.width = `${Math.min(100, (100 * used) / capacity)}%`;
      const track = [fill];
      let amount = `${countText(used)} of ${countText(capacity)}, ${((100 * used) / capacity).toFixed(1)} %`;
      if (key === "alm" && data.usable_alm < capacity) {
        const limit = make("b");
        limit.style.left = `${(100 * data.usable_alm) / capacity}%`;
        track.push(limit);
        amount += `; ${countText(data.usable_alm)} can be used`;
      }
      return make("div", { class: "meter" }, [
        make("span", {}, name), make("div", { class: "track" }, track), make("span", { class: "amount" }, amount),
      ]);
    });
    document.getElementById("resources").replaceChildren(...meters);
    const rows = point.pipelines.map((pipeline) => make("tr", {}, [
      layerNames(pipeline.layers.map((one) => one.layer)), pipeline.words,
      ...amounts.map(([, key]) => countText(pipeline.resources[key])), timeText(pipeline.time), bytesText(pipeline.bytes),
    ].map((text) => make("td", {}, text))));
    const head = ["layers", "how", ...amounts.map(([name]) => name), "time", "link"];
    document.getElementById("pieces").replaceChildren(
      ...(rows.length ? [headOf(head), make("tbody", {}, rows)]
        : [make("tbody", {}, [make("tr", {}, [make("td", {}, "nothing")])])]));
  };

  /** Each layer on the FPGA under its run or split, whose pace one of them sets, or transfers. */
  const showLayers = (point) => {
    const parts = point.pipelines.flatMap((pipeline) => pipeline.layers);
    const most = Object.fromEntries(amounts.map(([, key]) => [key, Math.max(1, ...parts.map((one) => one.resources[key]))]));
    const rows = point.pipelines.flatMap((pipeline) => [
      make("tr", { class: "run" }, [make("th", { colspan: String(4 + amounts.length), scope: "rowgroup" }, [make("span", {},
        `${pipeline.words}: a frame every ${timeText(pipeline.pace)} at ${Number(pipeline.clock.toPrecision(4))} MHz, paced by ${pipeline.paced_by}`)])]),
      ...pipeline.layers.map((one) => make("tr", one.paces ? { class: "pacing" } : {}, [
        make("td", {}, layers[one.layer].name), make("td", {}, one.implementation), make("td", {}, one.fold || "-"),
        barCell(timeText(one.interval), one.interval / pipeline.pace, "time"),
        ...amounts.map(([, key]) => barCell(countText(one.resources[key]), one.resources[key] / most[key], "")),
      ])),
    ]);
    document.getElementById("layers-part").hidden = rows.length === 0;
    document.getElementById("onfpga").replaceChildren(
      headOf(["layer", "as", "folded", "interval", ...amounts.map(([name]) => name)]), make("tbody", {}, rows));
  };

  const showPicked = async () => {
    const point = points[picked];
    document.getElementById("point-title").textContent = picked === 0 ? "GPU only" : `Design point ${pointName(point)}`;
    document.getElementById("picker").value = String(picked);
    document.getElementById("before").disabled = picked === 0;
    document.getElementById("after").disabled = picked === points.length - 1;
    document.querySelectorAll(".points tr[data-point]").forEach((row, number) => row.classList.toggle("picked", number === picked));
    const row = document.querySelector(".points tr.picked");
    const list = row.closest(".tall");
    if (row.offsetTop < list.scrollTop + 40 || row.offsetTop > list.scrollTop + list.clientHeight - 40) {
      list.scrollTop = row.offsetTop - list.clientHeight / 2;
    }
    const traffic = point.bars.some((bar) => bar.lane === "link");
    document.getElementById("link-part").hidden = !traffic;
    showFacts(point);
    showNetwork(point);
    showResources(point);
    showLayers(point);
    await drawSchedule(point);
    await drawDevices(point);
    await drawModules(point, "modules-chart", "energy", "mJ");
    await drawModules(point, "times-chart", "latency", "ms");
    if (traffic) await drawLink(point);
    document.body.dataset.picked = String(picked);
  };

  const pick = async (number) => {
    picked = number;
    await drawFront();
    await showPicked();
  };

  // ---- start ----

  const build = () => {
    const select = make("select", { id: "picker", "aria-label": "Design point" },
      points.map((point, number) => make("option", { value: String(number) }, pointName(point))));
    select.addEventListener("change", () => pick(Number(select.value)));
    const toggle = make("input", { type: "checkbox", id: "intervals" });
    toggle.checked = intervals;
    toggle.addEventListener("change", () => {
      intervals = toggle.checked;
      drawFront();
    });
    const step = (id, sign, text, label) => {
      const button = make("button", { id, type: "button", "aria-label": label }, text);
      button.addEventListener("click", () => pick(Math.min(points.length - 1, Math.max(0, picked + sign))));
      return button;
    };
    const entries = [["fpga", `front, ${data.points.length} point${data.points.length === 1 ? "" : "s"}`], ["baseline", "GPU only"]];
    if (data.dominated.length) entries.push(["dominated", `dominated, a sample of ${data.dominated.length}`]);
    document.getElementById("front").append(
      make("div", {}, [
        legend(entries), make("div", { class: "chart", id: "front-chart" }),
        ...(data.draws ? [make("label", { class: "hint" }, [toggle, " 90 % intervals"])] : []),
        make("p", { class: "hint" }, "Click a point to see it in full." + (data.draws ? ` An interval holds 90 % of ${data.draws} draws within the models' errors` +
          (data.points.length > fewPoints ? "; those of the picked point, the knee and both ends are drawn." : ".") : "")),
      ]),
      make("div", {}, [
        make("div", { class: "picker" }, [step("before", -1, "\u2190", "Previous point"), select, step("after", 1, "\u2192", "Next point")]),
        make("dl", { class: "facts", id: "facts" }),
      ]));
    const chart = (id) => make("div", { class: "chart", id });
    document.getElementById("point").append(
      make("h3", {}, "Schedule"),
      legend([["gpu", "GPU"], ["gpu-idle", "convert, add"], ["link", "transfer"], ["fpga", "FPGA"]]),
      chart("schedule-chart"), make("p", { class: "hint" }, "Drag to move, shift and wheel to zoom, double click to see all."),
      make("h3", {}, "Network"),
      legend([["gpu", "GPU"], ["fpga", "FPGA; a split layer is filled by the FPGA's share"], ["gpu-idle", "pale: batch norm, activations, moves of data"]]),
      make("div", { class: "modules", id: "modules" }), make("p", { class: "layer-note", id: "layer-note", "aria-live": "polite" }),
      make("div", { class: "columns" }, [
        make("div", {}, [
          make("h3", {}, "Energy by device"),
          legend([["gpu", "GPU"], ["gpu-idle", "GPU idle"], ["fpga", "FPGA"], ["fpga-idle", "FPGA static"], ["link", "link"], ["link-idle", "link idle"]]),
          chart("devices-chart"),
        ]),
        make("div", {}, [make("h3", {}, "Use of the FPGA"), make("div", { id: "resources" })]),
      ]),
      make("div", { class: "columns" }, [
        make("div", {}, [
          make("h3", {}, "Energy by module"),
          legend([["gpu", "on the GPU"], ["fpga", "uses the FPGA"], ["ink", "GPU only"]]), chart("modules-chart"),
        ]),
        make("div", {}, [
          make("h3", {}, "Latency by module"),
          legend([["gpu", "on the GPU"], ["fpga", "uses the FPGA"], ["ink", "GPU only"]]), chart("times-chart"),
        ]),
      ]),
      make("div", { class: "columns" }, [
        make("div", {}, [
          make("div", { id: "link-part" }, [make("h3", {}, "Link traffic"), legend([["link", "to the FPGA"], ["link-idle", "to the GPU"]]), chart("link-chart")]),
        ]),
        make("div", {}, [
          make("h3", {}, "On the FPGA"), make("div", { class: "scroll" }, [make("table", { class: "pieces", id: "pieces" })]),
        ]),
      ]),
      make("div", { id: "layers-part" }, [
        make("h3", {}, "Layers on the FPGA"),
        make("p", { class: "hint" }, "All layers of a run keep its pace; the one that sets it is marked. Bars: of an interval, its share of the pace; of the rest, compared with the layer that takes most."),
        make("div", { class: "scroll tall", tabindex: "0", role: "region", "aria-label": "Layers on the FPGA" },
          [make("table", { class: "onfpga", id: "onfpga" })]),
      ]));
    document.querySelectorAll(".points tr[data-point]").forEach((row, number) => row.addEventListener("click", () => pick(number)));
    document.querySelectorAll(".interactive").forEach((part) => (part.hidden = false));
    document.querySelectorAll(".static").forEach((part) => (part.hidden = true));
    document.body.classList.add("interactive-page");
  };
  const start = async () => {
    await drawFront();
    await showPicked();
    document.body.dataset.ready = "true";
  };

  build();
  start();
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", start);
})();
