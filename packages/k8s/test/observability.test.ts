import { epochMs, type Logger, OperationError, silentLogger } from "@argo-ts/kernel"
import { createVirtualClock, sleep } from "@argo-ts/kernel/clock"
import { afterEach, describe, expect, test } from "vitest"
import {
  ClusterError,
  controller,
  createManager,
  createMetricsRegistry,
  type OpenTelemetrySpan,
  type OpenTelemetryTracer,
  openTelemetryTracing,
} from "../src/index.js"
import { type DiagnosticsServer, serveDiagnostics } from "../src/server/index.js"
import { createFakeCluster, things } from "./fake-cluster.js"

const logger = silentLogger

describe("metrics", () => {
  test("of a controller have controller-runtime's names and count what happened", async () => {
    const clock = createVirtualClock()
    const fake = createFakeCluster()
    for (const name of ["good", "later", "flaky", "bad"]) fake.put(name, 1)
    let isFlaky = true
    const mixed = controller("mixed", things)
      .concurrency(1)
      .reconcile(async ({ name }) => {
        await sleep(clock, 2_000, `work/${name}`)
        if (name === "bad") throw new OperationError("no", { code: "No", retryable: false })
        if (name === "flaky" && isFlaky) {
          isFlaky = false
          throw new Error("again")
        }
        return name === "later" ? { wakeAt: epochMs(1e9) } : {}
      })
    const metrics = createMetricsRegistry()
    const options = { cluster: fake.cluster, clock, logger, metrics }
    const running = createManager(options).add(mixed).start()
    await running.ready
    await clock.advance(3_000)
    const early = metrics.print().split("\n")
    const queue = 'name="mixed",controller="mixed"'
    expect(early).toContain(`workqueue_depth{${queue}} 2`)
    expect(early).toContain(`workqueue_unfinished_work_seconds{${queue}} 1`)
    expect(early).toContain(`workqueue_longest_running_processor_seconds{${queue}} 1`)
    expect(early).toContain('controller_runtime_active_workers{controller="mixed"} 1')
    await clock.advance(60_000)
    const late = metrics.print().split("\n")
    for (const line of [
      'controller_runtime_reconcile_total{controller="mixed",result="success"} 2',
      'controller_runtime_reconcile_total{controller="mixed",result="requeue_after"} 1',
      'controller_runtime_reconcile_total{controller="mixed",result="requeue"} 0',
      'controller_runtime_reconcile_total{controller="mixed",result="error"} 2',
      'controller_runtime_reconcile_errors_total{controller="mixed"} 2',
      'controller_runtime_terminal_reconcile_errors_total{controller="mixed"} 1',
      'controller_runtime_max_concurrent_reconciles{controller="mixed"} 1',
      'controller_runtime_active_workers{controller="mixed"} 0',
      'controller_runtime_reconcile_time_seconds_bucket{controller="mixed",le="2"} 5',
      'controller_runtime_reconcile_time_seconds_bucket{controller="mixed",le="1.75"} 0',
      `workqueue_depth{${queue}} 0`,
      `workqueue_adds_total{${queue}} 5`,
      `workqueue_retries_total{${queue}} 1`,
      `workqueue_work_duration_seconds_sum{${queue}} 10`,
      `workqueue_queue_duration_seconds_bucket{${queue},le="1e-08"} 1`,
      `workqueue_queue_duration_seconds_bucket{${queue},le="9.999999999999999e-06"} 1`,
      `workqueue_queue_duration_seconds_count{${queue}} 5`,
    ]) {
      expect(late).toContain(line)
    }
    await running.stop()
  })
})

/** A tracer that notes its spans, each under the one it was begun in. */
function createNotingTracer(): { readonly tracer: OpenTelemetryTracer; readonly notes: string[] } {
  const notes: string[] = []
  const tracer: OpenTelemetryTracer = {
    startActiveSpan(name, { attributes = {} }, work) {
      const facts = ["k8s.object.key", "k8s.object.name"].flatMap((key) => attributes[key] ?? [])
      notes.push(`${name} ${facts}`)
      const span: OpenTelemetrySpan = {
        setAttribute: (key, value) => notes.push(`${name} ${key}=${value}`),
        setStatus: ({ code, message }) => notes.push(`${name} status ${code} ${message}`),
        recordException: () => {},
        end: () => notes.push(`${name} ends`),
      }
      return work(span)
    },
  }
  return { tracer, notes }
}

test("reconciles and their requests are spans; failed ones say why", async () => {
  const clock = createVirtualClock()
  const fake = createFakeCluster()
  fake.put("a", 1)
  const { tracer, notes } = createNotingTracer()
  const writer = controller("writer", things).reconcile(async (key, { cluster }) => {
    await cluster.get(things, key)
    await cluster.delete(things, key)
    return {}
  })
  const options = { cluster: fake.cluster, clock, logger, tracing: openTelemetryTracing(tracer) }
  const running = createManager(options).add(writer).start()
  await running.ready
  await clock.advance(0)
  await running.stop()
  expect(notes).toEqual([
    "reconcile writer ns/a",
    "kubernetes delete things a",
    "kubernetes delete things status 2 the fake does not write",
    "kubernetes delete things error.type=MethodNotAllowed",
    "kubernetes delete things ends",
    "reconcile writer status 2 the fake does not write",
    "reconcile writer error.type=MethodNotAllowed",
    "reconcile writer ends",
  ])
})

describe("diagnostics", () => {
  let server: DiagnosticsServer | undefined
  afterEach(() => server?.close())
  const ask = async (path: string, method = "GET"): Promise<[number, string]> => {
    const response = await fetch(`${server?.url}${path}`, { method })
    return [response.status, await response.text()]
  }

  test("are ok while every check passes, and name those that fail without saying why", async () => {
    const warned: unknown[] = []
    const noting: Logger = { ...logger, warn: (_message, fields) => warned.push(fields) }
    const broken = (): void => {
      throw new ClusterError("Timeout", "the secret reason")
    }
    server = await serveDiagnostics({
      readyChecks: { sync: async () => {}, broken },
      logger: noting,
    })
    expect(await ask("/healthz")).toEqual([200, "ok"])
    expect(await ask("/healthz?verbose")).toEqual([200, "[+]ping ok\nhealthz check passed\n"])
    expect(await ask("/readyz")).toEqual([
      500,
      "[+]ping ok\n[+]sync ok\n[-]broken failed: reason withheld\nreadyz check failed\n",
    ])
    expect(warned).toMatchObject([{ endpoint: "readyz", check: "broken" }])
    expect(await ask("/readyz?exclude=broken")).toEqual([200, "ok"])
    expect(await ask("/readyz/sync")).toEqual([200, "ok"])
    expect((await ask("/readyz/broken"))[0]).toBe(500)
    expect((await ask("/readyz/none"))[0]).toBe(404)
  })

  test("serve metrics where there are some, and nothing else", async () => {
    const metrics = createMetricsRegistry()
    metrics.counter({ name: "a_total", help: "A.", labels: [] }).add({})
    server = await serveDiagnostics({ metrics })
    const response = await fetch(`${server.url}/metrics`)
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8")
    expect(await response.text()).toBe("# HELP a_total A.\n# TYPE a_total counter\na_total 1\n")
    expect(await ask("/metrics", "POST")).toEqual([405, "only GET and HEAD are answered\n"])
    expect((await ask("/other"))[0]).toBe(404)
  })
})
