import { OperationError } from "@argo-ts/kernel"
import type { HttpClient, HttpRequest } from "@argo-ts/kernel/http"
import { afterEach, expect, test } from "vitest"
import { type Secret, secrets } from "../../src/api/foreign.js"
import {
  type AnalysisRun,
  analysisRuns,
  createPrometheusProvider,
  createWebProvider,
} from "../../src/index.js"
import { createWorld, type World } from "../world.js"

const minute = 60_000
const worlds: World[] = []
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.stop()
})

const run: AnalysisRun = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "AnalysisRun",
  metadata: { name: "check", namespace: "default" },
  spec: {
    args: [{ name: "token", valueFrom: { secretKeyRef: { name: "api", key: "token" } } }],
    metrics: [
      {
        name: "ok",
        successCondition: 'result == "fine"',
        provider: {
          web: {
            url: "http://check/status",
            jsonPath: "{$.state}",
            headers: [{ key: "Authorization", value: "Bearer {{args.token}}" }],
          },
        },
      },
    ],
  },
}
const secret: Secret = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "api", namespace: "default" },
  data: { token: Buffer.from("hunter22").toString("base64") },
}

async function open(
  answer: (request: HttpRequest) => string,
): Promise<{ world: World; seen: HttpRequest[] }> {
  const seen: HttpRequest[] = []
  const http: HttpClient = {
    async request(request) {
      seen.push(request)
      return { status: 200, headers: {}, body: new Uint8Array(), text: () => answer(request) }
    },
  }
  const world = await createWorld({
    web: createWebProvider(http),
    prometheus: createPrometheusProvider({ http }),
  })
  worlds.push(world)
  return { world, seen }
}

const statusOf = async (world: World) =>
  (await world.sim.cluster.get(analysisRuns, { namespace: "default", name: "check" }))?.status

test("a Secret reaches the server, and nothing else", async () => {
  const { world, seen } = await open(() => '{"state":"fine"}')
  await world.sim.cluster.create(secrets, secret)
  await world.sim.cluster.create(analysisRuns, run)
  await world.clock.advance(minute)
  expect(seen.map(({ headers }) => headers)).toEqual([{ Authorization: "Bearer hunter22" }])
  expect(await statusOf(world)).toMatchObject({
    phase: "Successful",
    metricResults: [{ name: "ok", count: 1, measurements: [{ value: "fine" }] }],
  })
  const stored = await world.sim.cluster.get(analysisRuns, { namespace: "default", name: "check" })
  expect(JSON.stringify(stored)).not.toContain("hunter22")
})

test("a Secret in the message of a failure is hidden", async () => {
  const { world } = await open(({ headers }) => {
    throw new OperationError(`refused ${headers?.["Authorization"]}`, {
      code: "HostUnreachable",
      retryable: true,
    })
  })
  await world.sim.cluster.create(secrets, secret)
  await world.sim.cluster.create(analysisRuns, run)
  await world.clock.advance(minute)
  const status = await statusOf(world)
  expect(status).toMatchObject({ phase: "Error" })
  expect(JSON.stringify(status)).not.toContain("hunter22")
  expect(status?.message).toContain("refused Bearer [redacted]")
})

test("a missing Secret is an error of the measurement, five of them of the run", async () => {
  const { world, seen } = await open(() => "{}")
  await world.sim.cluster.create(analysisRuns, run)
  await world.clock.advance(2 * minute)
  expect(seen).toEqual([])
  expect(await statusOf(world)).toMatchObject({ phase: "Error", metricResults: [{ error: 5 }] })
  expect((await statusOf(world))?.message).toContain('secret "api" has no key "token"')
})

test("a run that cannot be read ends at once, and says why", async () => {
  const { world } = await open(() => "{}")
  await world.sim.cluster.create(analysisRuns, {
    ...run,
    spec: { metrics: [{ name: "m", provider: { job: {} } }] },
  })
  await world.clock.advance(1000)
  expect(await statusOf(world)).toMatchObject({ phase: "Error" })
  expect((await statusOf(world))?.message).toContain("provider.job: is not supported")
})
