import { epochMs, resolveAddress } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import { startScriptedMetrics } from "./scripted-metrics.js"

test("plays Prometheus and JSON endpoints", async () => {
  const metrics = await startScriptedMetrics({
    now: () => epochMs(1000),
    metrics: [{ address: "http://prometheus:9090", value: 0.5 }],
  })
  const ask = async (url: string): Promise<unknown> =>
    (await fetch(resolveAddress(metrics.addresses, url))).json()
  try {
    metrics.set({ address: "http://prometheus:9090", query: "up", value: [1, 0] })
    metrics.set({ address: "http://web.svc/health", json: { ok: true } })
    const data = (await ask("http://prometheus:9090/api/v1/query?query=errors")) as {
      data: { result: unknown }
    }
    expect(data.data.result).toEqual([{ metric: {}, value: [1, "0.5"] }])
    const up = (await ask("http://prometheus:9090/api/v1/query?query=up")) as {
      data: { result: unknown[] }
    }
    expect(up.data.result).toHaveLength(2)
    expect(await ask("http://web.svc/health")).toEqual({ ok: true })
    metrics.set({ address: "http://web.svc/health", value: 3 })
    expect(await ask("http://web.svc/health")).toEqual({ value: 3 })
    expect(metrics.requests.get("http://web.svc/health")).toBe(2)
  } finally {
    await metrics.close()
  }
})
