import { epochMs, type Kind, type KubernetesObject, type Stored } from "@argo-ts/kernel"
import { createVirtualClock, type VirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import {
  type ClusterSim,
  type ClusterSimOptions,
  createClusterSim,
  type PodScripts,
} from "../src/index.js"

/** An object whose fields tests read as they like. */
export interface Loose extends KubernetesObject {
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read whatever they expect
  readonly [field: string]: any
}

/** A built-in kind. */
export function kind(apiVersion: string, name: string): Kind<Loose> {
  return builtInKind(apiVersion, name) as Kind<Loose>
}

export const pods = kind("v1", "Pod")
export const nodes = kind("v1", "Node")
export const events = kind("v1", "Event")
export const start = epochMs(1_767_225_600_000)

/** A simulated cluster under test; `problems` are the lines it logged at warn and above. */
export interface World {
  readonly clock: VirtualClock
  readonly sim: ClusterSim
  readonly problems: string[]
  pod(name: string): Promise<Stored<Loose> | undefined>
  events(reason?: string): Promise<readonly Stored<Loose>[]>
}

const ofJobs = {
  labelSelector: {
    matchExpressions: [{ key: "batch.kubernetes.io/job-name", operator: "Exists" }],
  },
} as const

/** Pods that take their time where a test does not say otherwise: a second to run, one to be ready, those of Jobs one to end. */
function unhurried({ default: given, rules }: PodScripts = {}): PodScripts {
  const slow = { startMs: 1_000, readyMs: 1_000, ...given }
  return { default: slow, rules: rules ?? [{ ...ofJobs, behavior: { exitMs: 1_000, ...given } }] }
}

export function world(options: Partial<ClusterSimOptions> = {}): World {
  const clock = createVirtualClock(start)
  const problems: string[] = []
  const note = (message: string, fields?: object): void => {
    problems.push(`${message} ${String((fields as { error?: unknown })?.error)}`)
  }
  const logger = { debug: () => {}, info: () => {}, warn: note, error: note }
  const sim = createClusterSim({ clock, logger, ...options, pods: unhurried(options.pods) })
  return {
    clock,
    sim,
    problems,
    pod: (name) => sim.cluster.get(pods, { namespace: "default", name }),
    async events(reason) {
      const { items } = await sim.cluster.list(events)
      return items.filter((event) => reason === undefined || event["reason"] === reason)
    },
  }
}

/** A pod named `web` in `default`. */
export function pod(spec: object = {}, metadata: object = {}): Loose {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: "default", name: "web", ...metadata },
    spec: { containers: [{ name: "main", image: "app:1" }], ...spec },
  }
}
