import { controller, generationChanged, isTerminating } from "@argo-ts/k8s"
import { controllerOf, type Kind, keyOf } from "@argo-ts/kernel"
import type { Loose } from "../world.js"
import {
  configMaps,
  deployments,
  home,
  jobs,
  type Soaked,
  type SoakKind,
  secrets,
  soakKind,
  statefulSets,
} from "./kinds.js"
import { child, ensure, notYet, report, upTo } from "./making.js"
import { type Recipe, recipe } from "./recipe.js"

/** A map whose keys come and go by server-side apply. */
function applied(kind: SoakKind) {
  return controller(kind.plural, kind)
    .where(generationChanged)
    .owns(configMaps)
    .reconcile(async (key, { cluster }) => {
      const self = await cluster.get(kind, key)
      if (self === undefined || isTerminating(self)) return {}
      const { count, text } = self.spec
      const data = Object.fromEntries(upTo(count).map((index) => [`k${index}`, text]))
      const map = child(self, configMaps, `${kind.plural}-${key.name}`, { data })
      const { metadata } = await cluster.apply<Loose>(configMaps, map, {
        fieldManager: kind.plural,
        force: true,
      })
      await report(cluster, kind, self, { applied: metadata.name })
      return {}
    })
}

/** One of two controllers that apply fields of their own to one map. */
function coApplied(kind: SoakKind, side: "left" | "right") {
  const name = `${kind.plural}-${side}`
  return controller(name, kind)
    .owns(configMaps)
    .reconcile(async (key, { cluster }) => {
      const self = await cluster.get(kind, key)
      if (self === undefined || isTerminating(self)) return {}
      const { count, text } = self.spec
      const data = { [side]: side === "left" ? text : String(count), [`${side}-${text}`]: "1" }
      const map = child(self, configMaps, `${kind.plural}-${key.name}`, { data })
      await cluster.apply(configMaps, map, { fieldManager: name, force: true })
      return {}
    })
}

/** Secrets that cannot change: deleted and created again. */
function immutable(kind: SoakKind) {
  return controller(kind.plural, kind)
    .owns(secrets)
    .reconcile(async (key, { cluster }) => {
      const self = await cluster.get(kind, key)
      if (self === undefined || isTerminating(self)) return {}
      const name = `${kind.plural}-${key.name}`
      const known = await cluster.get(secrets, { namespace: home, name })
      const stringData = { text: self.spec.text }
      const wanted = child(self, secrets, name, { immutable: true, stringData })
      const hash = self.spec.text
      const annotated = { ...wanted, metadata: { ...wanted.metadata, annotations: { hash } } }
      if (known === undefined) {
        await cluster.create(secrets, annotated)
        return {}
      }
      const isOwn = controllerOf(known)?.uid === self.metadata.uid
      if (isOwn && known.metadata.annotations?.["hash"] === hash) {
        await report(cluster, kind, self, { current: hash })
        return {}
      }
      const { uid } = known.metadata
      await cluster.delete(secrets, keyOf(known), { preconditions: { uid } })
      return {}
    })
}

const links = soakKind("link")

/** Hands its spec on to a link, and the link's status back. */
function chain(kind: SoakKind) {
  return controller(kind.plural, kind)
    .owns(links)
    .reconcile(async (key, { cluster }) => {
      const self = await cluster.get(kind, key)
      if (self === undefined || isTerminating(self)) return {}
      const link = child(self, links as unknown as Kind<Loose>, key.name, {
        spec: { ...self.spec },
      })
      const known = await ensure(cluster, links as unknown as Kind<Loose>, link, ["spec"])
      await report(cluster, kind, self, { told: known["status"]?.text ?? "" })
      return {}
    })
}

function link() {
  return controller(links.plural, links)
    .owns(configMaps)
    .reconcile(async (key, { cluster }) => {
      const self = await cluster.get(links, key)
      if (self === undefined || isTerminating(self)) return {}
      const data = { text: self.spec.text }
      const map = child(self, configMaps, `links-${key.name}`, { data })
      const known = await ensure(cluster, configMaps, map, ["data"])
      await report(cluster, links, self, { text: known["data"].text })
      return {}
    })
}

/** Counts objects by text through an index, in one map. */
function census(kind: SoakKind) {
  return controller(kind.plural, kind)
    .indexes(kind, "text", ({ spec }) => [spec.text])
    .concurrency(1)
    .reconcile(async (_key, { cluster, indexed }) => {
      const data = Object.fromEntries(
        ["a", "b", "c", "d"].map((text) => [text, String(indexed(kind, "text", text).length)]),
      )
      const metadata = { namespace: home, name: kind.plural }
      const map = { apiVersion: "v1", kind: "ConfigMap", metadata, data }
      await cluster.apply(configMaps, map, { fieldManager: kind.plural })
      return {}
    })
}

/** Reads, changes and replaces: object and status. */
function updater(kind: SoakKind) {
  return controller(kind.plural, kind).reconcile(async (key, { cluster }) => {
    const self = await cluster.get(kind, key)
    if (self === undefined) return {}
    const { text, count } = self.spec
    const { metadata } = self
    const isLabelled = metadata.labels?.["text"] === text
    const labels = { ...metadata.labels, text }
    const labelled = isLabelled
      ? self
      : await cluster.update(kind, { ...self, metadata: { ...metadata, labels } } as Soaked)
    if (labelled.status?.["count"] === count) return {}
    const status = { ...labelled.status, count }
    await cluster.update(kind, { ...labelled, status }, { subresource: "status" })
    return {}
  })
}

/** Patches by operations that hold only for what was read. */
function patcher(kind: SoakKind) {
  return controller(kind.plural, kind).reconcile(async (key, { cluster }) => {
    const self = await cluster.get(kind, key)
    if (self === undefined) return {}
    const { text } = self.spec
    if (self.metadata.annotations?.["text"] === text) return {}
    const operations = [
      { op: "test", path: "/spec/text", value: text },
      { op: "add", path: "/metadata/annotations", value: { text } },
    ] as const
    await cluster.patch(kind, key, { type: "json", operations })
    return {}
  })
}

function workload(self: Soaked, kind: Kind<Loose>, name: string, replicas: number): Loose {
  const labels = { app: name }
  const containers = [{ name: "main", image: `app:${self.spec.text}` }]
  const template = { metadata: { labels }, spec: { containers } }
  const selector = { matchLabels: labels }
  // Which templates there were on the way depends on how much of them was seen.
  const revisionHistoryLimit = 0
  return child(self, kind, name, { spec: { replicas, selector, template, revisionHistoryLimit } })
}

/** A Deployment or StatefulSet, scaled by its own subresource. */
function scaler(kind: SoakKind, workloads: Kind<Loose>) {
  return controller(kind.plural, kind)
    .owns(workloads)
    .reconcile(async (key, { cluster }) => {
      const self = await cluster.get(kind, key)
      if (self === undefined || isTerminating(self)) return {}
      const name = `${kind.plural}-${key.name}`
      const own = { namespace: home, name }
      const known = await cluster.get(workloads, own)
      if (known === undefined) {
        await cluster.create(workloads, workload(self, workloads, name, 1))
        return {}
      }
      if (controllerOf(known)?.uid !== self.metadata.uid) throw notYet(`${name} has not gone yet`)
      const image = `app:${self.spec.text}`
      if (known["spec"].template.spec.containers[0].image !== image) {
        const spec = { template: { spec: { containers: [{ name: "main", image }] } } }
        await cluster.patch(workloads, own, { type: "strategic", patch: { spec } })
      }
      if (known["spec"].replicas !== self.spec.count) {
        const patch = { spec: { replicas: self.spec.count } }
        await cluster.patch(workloads, own, { type: "merge", patch }, { subresource: "scale" })
      }
      await report(cluster, kind, self, { ready: known["status"]?.readyReplicas ?? 0 })
      return {}
    })
}

/** A Job for each generation; its end is noted and the Job goes. */
function jobber(kind: SoakKind) {
  return controller(kind.plural, kind)
    .owns(jobs)
    .reconcile(async (key, { cluster, owned }) => {
      const self = await cluster.get(kind, key)
      if (self === undefined || isTerminating(self)) return {}
      const { generation = 0 } = self.metadata
      const name = `${key.name}-${generation}`
      for (const old of owned(jobs, self)) {
        if (old.metadata.name === name || isTerminating(old)) continue
        await cluster.delete(jobs, keyOf(old), { propagationPolicy: "Background" })
      }
      if (self.status?.["done"] === generation) {
        await cluster.delete(jobs, { namespace: home, name }, { propagationPolicy: "Background" })
        return {}
      }
      const containers = [{ name: "main", image: `app:${self.spec.text}` }]
      const spec = { template: { spec: { restartPolicy: "Never", containers } }, backoffLimit: 50 }
      const job = await ensure(cluster, jobs, child(self, jobs, name, { spec }), [])
      const conditions: { type: string; status: string }[] = job["status"]?.conditions ?? []
      const isDone = conditions.some(({ type, status }) => type === "Complete" && status === "True")
      if (isDone) await report(cluster, kind, self, { done: generation })
      return {}
    })
}

/** A map with dependents of its own, replaced in the foreground when the text changes. */
function foreground(kind: SoakKind) {
  return controller(kind.plural, kind)
    .owns(configMaps)
    .reconcile(async (key, { cluster, owned }) => {
      const self = await cluster.get(kind, key)
      if (self === undefined || isTerminating(self)) return {}
      const { count, text } = self.spec
      const name = `${kind.plural}-${key.name}`
      const top = await cluster.get(configMaps, { namespace: home, name })
      if (top !== undefined && (isTerminating(top) || top["data"].text !== text)) {
        if (isTerminating(top)) return {}
        const { uid } = top.metadata
        const how = { propagationPolicy: "Foreground", preconditions: { uid } } as const
        await cluster.delete(configMaps, keyOf(top), how)
        return {}
      }
      const root = await ensure(
        cluster,
        configMaps,
        child(self, configMaps, name, { data: { text } }),
        [],
      )
      const leaves = upTo(count).map((index) => `${name}-${index}`)
      for (const leaf of owned(configMaps, root)) {
        if (!leaves.includes(leaf.metadata.name)) await cluster.delete(configMaps, keyOf(leaf))
      }
      for (const leaf of leaves) {
        const map = child(root as unknown as Soaked, configMaps, leaf, { data: { text } })
        await ensure(cluster, configMaps, map, ["data"])
      }
      await report(cluster, kind, self, { root: name })
      return {}
    })
}

/** Controllers that write in every way there is. */
export const writers: readonly Recipe[] = [
  recipe("applied", (kind) => [applied(kind)]),
  recipe("shared", (kind) => [coApplied(kind, "left"), coApplied(kind, "right")]),
  recipe("fixed", (kind) => [immutable(kind)]),
  recipe("chain", (kind) => [chain(kind), link()], [links]),
  recipe("census", (kind) => [census(kind)]),
  recipe("updater", (kind) => [updater(kind)]),
  recipe("patcher", (kind) => [patcher(kind)]),
  recipe("deployer", (kind) => [scaler(kind, deployments)]),
  recipe("setter", (kind) => [scaler(kind, statefulSets)]),
  recipe("jobber", (kind) => [jobber(kind)]),
  recipe("tree", (kind) => [foreground(kind)]),
  recipe("pair", (kind) => [scaler(kind, deployments), patcher(kind)]),
]
