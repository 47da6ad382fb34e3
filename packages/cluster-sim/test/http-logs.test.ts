import type { Kind, KubernetesObject } from "@argo-ts/kernel"
import { systemClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { afterAll, beforeAll, expect, test } from "vitest"
import { type ServedCluster, serveCluster } from "../src/http/index.js"
import { type ClusterSim, createClusterSim } from "../src/index.js"

const pods = builtInKind("v1", "Pod") as Kind<KubernetesObject>
const script = {
  startMs: 0,
  readyMs: 0,
  exitMs: 2500,
  logs: ["up", { atMs: 200, everyMs: 200, text: "tick" }],
}

let sim: ClusterSim
let served: ServedCluster
beforeAll(async () => {
  const clock = systemClock()
  sim = createClusterSim({ clock, pods: { default: script as never } })
  served = await serveCluster({ cluster: sim.cluster, clock, transport: "http", logs: sim })
})
afterAll(async () => {
  await served.close()
  await sim.close()
})

async function make(name: string, containers: readonly string[]): Promise<void> {
  await sim.cluster.create(pods, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default" },
    spec: {
      restartPolicy: "Never",
      containers: containers.map((each) => ({ name: each, image: "x" })),
    },
  } as KubernetesObject)
}

const get = (path: string): Promise<Response> =>
  fetch(`${served.url}/api/v1/namespaces/default/pods/${path}`)

/** Asks until the container has begun. */
async function follow(path: string): Promise<string> {
  for (;;) {
    const answer = await get(path)
    const text = await answer.text()
    if (answer.status === 200) return text
    expect(text).toContain("waiting to start")
  }
}

test("a followed log tells what is there and what comes, and ends with its container", async () => {
  await make("one", ["web"])
  const text = await follow("one/log?follow=true")
  expect(text).toMatch(/^up\n(?:tick\n){2,}$/)
  const again = await get("one/log?tailLines=2")
  expect(again.headers.get("content-type")).toContain("text/plain")
  expect(await again.text()).toBe("tick\ntick\n")
  const timed = await (await get("one/log?timestamps=true&tailLines=1")).text()
  expect(timed).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z tick\n$/)
  const later = new Date(Date.now() + 60_000).toISOString()
  expect(await (await get(`one/log?sinceTime=${later}`)).text()).toBe("")
})

test("what cannot be read is refused in words", async () => {
  await make("two", ["a", "b"])
  const refusal = async (path: string) => {
    const answer = await get(path)
    const { message } = (await answer.json()) as { readonly message: string }
    return `${answer.status} ${message}`
  }
  expect(await refusal("two/log")).toContain("400 a container name must be specified for pod two")
  expect(await refusal("two/log?container=c")).toContain("400 container c is not valid for pod two")
  expect(await refusal("two/log?container=a&tailLines=x")).toContain("tailLines: expected a whole")
  expect(await refusal("none/log")).toContain('404 pods "none" not found')
})
