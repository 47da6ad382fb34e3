import type { JsonObject, Kind, KubernetesObject } from "@argo-ts/kernel"
import { systemClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import type { PodSpec, PodStatus } from "../src/controllers/workloads.js"
import { type ClusterSim, type ClusterSimOptions, createClusterSim } from "../src/index.js"

/** Pods, with the parts that these tests read. */
export interface ProcessPod extends KubernetesObject {
  readonly spec: PodSpec
  readonly status?: PodStatus
}

export const pods: Kind<ProcessPod> = builtInKind("v1", "Pod") as Kind<ProcessPod>
const configMaps = builtInKind("v1", "ConfigMap") as Kind
const secrets = builtInKind("v1", "Secret") as Kind
/** Claims of volumes. */
export const claims: Kind = builtInKind("v1", "PersistentVolumeClaim") as Kind
const events = builtInKind("v1", "Event") as Kind

/** A cluster whose pods run as processes, with short ways to speak to it. */
export interface ProcessWorld {
  readonly sim: ClusterSim
  /** Creates a pod of one container, or as `spec` says, and answers its name. */
  pod(name: string, container: object, spec?: object): Promise<string>
  /** Runs a shell script as the only container of a pod. */
  sh(name: string, script: string, spec?: object, container?: object): Promise<string>
  configMap(name: string, data: object): Promise<void>
  secret(name: string, data: object): Promise<void>
  claim(name: string): Promise<void>
  /** Resolves with the pod as soon as it is so. */
  until(name: string, holds: (pod: ProcessPod) => boolean): Promise<ProcessPod>
  phase(name: string, phase: string): Promise<ProcessPod>
  /** Resolves when the pod is gone. */
  gone(name: string): Promise<void>
  /** The texts of a container's log. */
  log(name: string, container?: string): readonly string[]
  /** Resolves as soon as the log has a line. */
  untilLog(name: string, line: string): Promise<void>
  /** `reason: message` of the events about a pod. */
  events(name: string): Promise<readonly string[]>
}

const namespace = "default"

export function createProcessWorld(options: Partial<ClusterSimOptions> = {}): ProcessWorld {
  const sim = createClusterSim({
    clock: systemClock(),
    pods: { default: { run: "process" } },
    processes: {},
    ...options,
  })
  const read = async (name: string): Promise<ProcessPod | undefined> =>
    (await sim.cluster.get(pods, { namespace, name })) as ProcessPod | undefined
  /** Looks at what there is, and then at every write: a state may last for no time at all. */
  const watch = <T>(
    name: string,
    look: (pod: ProcessPod | undefined) => T | undefined,
  ): Promise<T> =>
    new Promise((resolve, reject) => {
      const check = (pod: ProcessPod | undefined): void => {
        const found = look(pod)
        if (found === undefined) return
        stop()
        resolve(found)
      }
      const stop = sim.onWrite(({ kind, key, after }) => {
        if (kind.plural === "pods" && key.name === name) check(after as ProcessPod | undefined)
      })
      void read(name).then(check, reject)
    })
  const world: ProcessWorld = {
    sim,
    async pod(name, container, spec = {}) {
      await sim.cluster.create(pods, {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { namespace, name, labels: { app: name } },
        spec: {
          restartPolicy: "Never",
          containers: [{ name: "main", image: "none", ...container }],
          ...spec,
        },
      } as unknown as ProcessPod)
      return name
    },
    sh: (name, script, spec = {}, container = {}) =>
      world.pod(name, { command: ["sh", "-c", script], ...container }, spec),
    async configMap(name, data) {
      const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace, name }, data }
      await sim.cluster.create(configMaps, object as unknown as KubernetesObject)
    },
    async secret(name, stringData) {
      const object = { apiVersion: "v1", kind: "Secret", metadata: { namespace, name }, stringData }
      await sim.cluster.create(secrets, object as unknown as KubernetesObject)
    },
    async claim(name) {
      const spec = { accessModes: ["ReadWriteMany"], resources: { requests: { storage: "1Gi" } } }
      const metadata = { namespace, name }
      const object = { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata, spec }
      await sim.cluster.create(claims, object as unknown as KubernetesObject)
    },
    until: (name, holds) =>
      watch(name, (pod) => (pod !== undefined && holds(pod) ? pod : undefined)),
    phase: (name, phase) => world.until(name, ({ status }) => status?.phase === phase),
    async gone(name) {
      await watch(name, (pod) => (pod === undefined ? true : undefined))
    },
    log: (name, container) =>
      sim
        .podLogs(namespace, name, container === undefined ? {} : { container })
        .lines.map(({ text }) => text),
    async untilLog(name, line) {
      await world.until(name, ({ status }) =>
        (status?.containerStatuses ?? []).some(({ state }) => state.waiting === undefined),
      )
      while (!world.log(name).includes(line)) await new Promise((resolve) => setImmediate(resolve))
    },
    async events(name) {
      const { items } = await sim.cluster.list(events, { namespace })
      return items
        .map((item) => item as unknown as JsonObject)
        .filter((event) => (event["involvedObject"] as JsonObject)["name"] === name)
        .map((event) => `${String(event["reason"])}: ${String(event["message"])}`)
    },
  }
  return world
}
