import { describe, expect, test } from "vitest"
import { formatNumber } from "./exposition.js"
import { createMetricsRegistry } from "./registry.js"

test.for([
  [0, "0"],
  [1, "1"],
  [0.005, "0.005"],
  [0.0001, "0.0001"],
  [0.00001, "1e-05"],
  [1e-8, "1e-08"],
  [999_999, "999999"],
  [1_000_000, "1e+06"],
  [1_234_567, "1.234567e+06"],
  [-1.5, "-1.5"],
  [Number.POSITIVE_INFINITY, "+Inf"],
  [Number.NEGATIVE_INFINITY, "-Inf"],
  [Number.NaN, "NaN"],
] as const)("%d is written as %s", ([value, text]) => {
  expect(formatNumber(value)).toBe(text)
})

describe("registry", () => {
  test("prints counters, gauges and histograms, sorted, with their labels escaped", () => {
    const registry = createMetricsRegistry()
    const requests = registry.counter({
      name: "z_total",
      help: 'A "\\" and\na line',
      labels: ["q"],
    })
    requests.add({ q: 'a"b\\c\nd' })
    requests.add({ q: 'a"b\\c\nd' }, 2)
    requests.add({ q: "" }, 0)
    const depth = registry.gauge({ name: "depth", help: "How deep.", labels: [] })
    depth.set({}, 5)
    depth.add({}, -7)
    const sizes = registry.histogram({
      name: "size",
      help: "How large.",
      labels: ["of"],
      buckets: [1, 10],
    })
    for (const size of [0.5, 1, 5, 50]) sizes.observe({ of: "x" }, size)
    expect(registry.print()).toBe(
      [
        "# HELP depth How deep.",
        "# TYPE depth gauge",
        "depth -2",
        "# HELP size How large.",
        "# TYPE size histogram",
        'size_bucket{of="x",le="1"} 2',
        'size_bucket{of="x",le="10"} 3',
        'size_bucket{of="x",le="+Inf"} 4',
        'size_sum{of="x"} 56.5',
        'size_count{of="x"} 4',
        '# HELP z_total A "\\\\" and\\na line',
        "# TYPE z_total counter",
        'z_total{q=""} 0',
        'z_total{q="a\\"b\\\\c\\nd"} 3',
        "",
      ].join("\n"),
    )
  })

  test("answers one metric for one name, and refuses another shape of it", () => {
    const registry = createMetricsRegistry()
    const definition = { name: "a_total", help: "", labels: ["x"] }
    registry.counter(definition).add({ x: "1" })
    registry.counter(definition).add({ x: "1" })
    expect(registry.print()).toContain('a_total{x="1"} 2\n')
    expect(() => registry.gauge(definition)).toThrow("cannot be")
    expect(() => registry.counter(definition).add({ x: "1" }, -1)).toThrow("does not go down")
  })

  test("asks for computed values before it prints, until it is told to stop", () => {
    const registry = createMetricsRegistry()
    const gauge = registry.gauge({ name: "a", help: "", labels: [] })
    let asked = 0
    const stop = registry.beforePrint(() => gauge.set({}, ++asked))
    expect([registry.print(), registry.print()].map((text) => text.at(-2))).toEqual(["1", "2"])
    stop()
    expect(registry.print().at(-2)).toBe("2")
  })
})
