"use strict";

/* Bars over a table: the numbers are read from it, and a bar leads where the number in its row leads. */
document.addEventListener("DOMContentLoaded", () => {
  const plain = new Intl.NumberFormat("zh-CN", { maximumFractionDigits: 0 });
  const short = (value) => (value >= 10000 ? `${+(value / 10000).toFixed(1)}万` : plain.format(value));

  for (const place of document.querySelectorAll("[data-chart]")) {
    const table = document.getElementById(place.dataset.chart);
    const shows = table.dataset.shows;
    const rows = [...table.querySelectorAll("tbody tr")];
    const values = rows.map((row) => Number(row.dataset[shows]));
    // A running share in percent, drawn as a line over the bars (Pareto).
    const shares = rows.every((row) => row.dataset.running) ? rows.map((row) => Number(row.dataset.running)) : null;
    if (!values.some((value) => value > 0)) continue;
    place.hidden = false;
    place.style.height = `${rows.length * 34 + 16}px`;
    const chart = echarts.init(place, null, { renderer: "canvas" });
    chart.setOption({
      animation: false,
      grid: { left: 8, right: 64, top: 8, bottom: 8, containLabel: true },
      xAxis: [
        { type: "value", show: false },
        { type: "value", show: false, min: 0, max: 100 },
      ],
      yAxis: {
        type: "category",
        inverse: true,
        data: rows.map((row) => row.dataset.label),
        axisTick: { show: false },
        axisLine: { show: false },
        axisLabel: { width: 110, overflow: "truncate", color: "#49566c" },
      },
      series: [
        {
          type: "bar",
          data: values,
          barMaxWidth: 20,
          itemStyle: { color: "#206bc4" },
          emphasis: { itemStyle: { color: "#0054a6" } },
          label: {
            show: true,
            position: "right",
            color: "#182433",
            formatter: ({ value }) => (shows === "amount" ? short(value) : plain.format(value)),
          },
        },
        ...(shares
          ? [{ type: "line", xAxisIndex: 1, data: shares, symbolSize: 5, lineStyle: { color: "#b35900" }, itemStyle: { color: "#b35900" } }]
          : []),
      ],
    });
    chart.on("click", ({ dataIndex }) => rows[dataIndex].querySelector("a")?.click());
    new ResizeObserver(() => chart.resize()).observe(place);
  }
});
