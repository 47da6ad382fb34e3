import { createHmac } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type ClusterSim, type ClusterWrite, createClusterSim } from "@argo-ts/cluster-sim"
import { type Cluster, createManager, type RunningManager } from "@argo-ts/k8s"
import {
  defineKind,
  epochMs,
  type JsonObject,
  type Kind,
  type KubernetesObject,
  silentLogger,
} from "@argo-ts/kernel"
import { createVirtualClock, type VirtualClock } from "@argo-ts/kernel/clock"
import { createHttpClient, type HttpResponse } from "@argo-ts/kernel/http"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { onTestFinished } from "vitest"
import { eventKinds } from "../src/index.js"
import {
  createWebhookServers,
  type EventControllersOptions,
  eventControllers,
  type WebhookServers,
} from "../src/kubernetes/index.js"

export const secrets = builtInKind("v1", "Secret") as Kind<
  KubernetesObject & { readonly data: { readonly [key: string]: string } }
>

export interface TestWorkflow extends KubernetesObject {
  readonly spec: JsonObject
}

export const workflows: Kind<TestWorkflow> = defineKind({
  group: "argoproj.io",
  version: "v1alpha1",
  kind: "Workflow",
  plural: "workflows",
  scope: "Namespaced",
  hasStatus: true,
})

export const start = epochMs(Date.UTC(2026, 0, 1))

export interface TestRequest {
  readonly path: string
  readonly body: string
  readonly headers?: { readonly [name: string]: string }
  readonly method?: string
}

/** A cluster with the event controllers, and a client that posts to their webhooks. */
export interface World {
  readonly clock: VirtualClock
  readonly sim: ClusterSim
  readonly cluster: Cluster
  readonly webhooks: WebhookServers
  readonly writes: ClusterWrite[]
  /** Sends a request; it is answered once the clock is advanced. */
  send(request: TestRequest): Promise<HttpResponse>
  /** Sends a request and lets it be answered. */
  post(request: TestRequest): Promise<HttpResponse>
  stop(): Promise<void>
}

export interface WorldOptions extends Omit<EventControllersOptions, "webhooks"> {
  readonly log?: string
  readonly at?: number
}

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const clock = createVirtualClock(epochMs(options.at ?? start))
  const sim = createClusterSim({
    clock,
    kinds: [...eventKinds, workflows],
    namespaces: ["ci"],
    controllers: false,
    ...(options.log === undefined ? {} : { log: options.log }),
  })
  const { cluster } = sim
  const writes: ClusterWrite[] = []
  sim.onWrite((write) => writes.push(write))
  const webhooks = createWebhookServers({ otherPorts: 0, logger: silentLogger })
  const manager = createManager({ cluster, clock, logger: silentLogger })
  const running: RunningManager = manager.add(...eventControllers({ ...options, webhooks })).start()
  const http = createHttpClient({ clock, logger: silentLogger })
  const stop = async (): Promise<void> => {
    const stopped = running.stop()
    await clock.advance(0)
    await stopped
    await webhooks.close()
    await sim.close()
  }
  onTestFinished(stop)
  const send = ({ path, body, headers = {}, method = "POST" }: TestRequest) => {
    const origin = webhooks.address("12000")
    if (origin === undefined) throw new Error("nothing listens")
    const content = method === "GET" ? {} : { body }
    return http.request({ method, url: `${origin}${path}`, headers, ...content })
  }
  await clock.advance(100)
  return {
    clock,
    sim,
    cluster,
    webhooks,
    writes,
    stop,
    send,
    async post(request) {
      const answer = send(request)
      await clock.advance(60)
      return answer
    },
  }
}

export function temporaryFile(name: string): string {
  const directory = mkdtempSync(join(tmpdir(), "event-bus-"))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return join(directory, name)
}

const argo = "argoproj.io/v1alpha1"
export const hookSecret = "shop-webhook-secret"

export const secret: KubernetesObject & { readonly data: { readonly [key: string]: string } } = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "github-access", namespace: "ci" },
  data: { secret: Buffer.from(`${hookSecret}\n`).toString("base64") },
}

export const githubSource = {
  apiVersion: argo,
  kind: "EventSource",
  metadata: { name: "github", namespace: "ci" },
  spec: {
    github: {
      shop: {
        repositories: [{ owner: "example", names: ["shop"] }],
        webhook: { endpoint: "/push", port: "12000", method: "POST" },
        events: ["push"],
        webhookSecret: { name: "github-access", key: "secret" },
      },
    },
  },
}

export const pushSensor = {
  apiVersion: argo,
  kind: "Sensor",
  metadata: { name: "shop-push", namespace: "ci" },
  spec: {
    dependencies: [
      {
        name: "push",
        eventSourceName: "github",
        eventName: "shop",
        filters: {
          data: [{ path: "body.ref", type: "string" as const, value: ["^refs/heads/main$"] }],
          exprs: [
            { expr: "deleted == false", fields: [{ name: "deleted", path: "body.deleted" }] },
          ],
        },
      },
    ],
    triggers: [
      {
        template: {
          name: "build",
          k8s: {
            operation: "create" as const,
            source: {
              resource: {
                apiVersion: argo,
                kind: "Workflow",
                metadata: { generateName: "shop-build-", labels: { app: "shop" } },
                spec: { arguments: { parameters: [{ name: "revision", value: "main" }] } },
              },
            },
            parameters: [
              {
                src: { dependencyName: "push", dataKey: "body.after" },
                dest: "spec.arguments.parameters.0.value",
              },
            ],
          },
        },
      },
    ],
  },
}

/** A push as GitHub posts it, signed. */
export function push(delivery: string, after: string, ref = "refs/heads/main") {
  const body = JSON.stringify({ ref, before: null, after, deleted: false })
  const digest = createHmac("sha256", hookSecret).update(body).digest("hex")
  const headers = {
    "content-type": "application/json",
    "x-github-event": "push",
    "x-github-delivery": delivery,
    "x-hub-signature-256": `sha256=${digest}`,
  }
  return { path: "/push", body, headers }
}
