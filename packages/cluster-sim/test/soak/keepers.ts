import {
  addFinalizer,
  controller,
  electLeader,
  hasFinalizer,
  isTerminating,
  joinShards,
  patchConditions,
  removeFinalizer,
  removeOwner,
  setController,
} from "@argo-ts/k8s"
import {
  apiVersionOf,
  type Condition,
  controllerOf,
  epochMs,
  keyOf,
  type Stored,
} from "@argo-ts/kernel"
import type { Loose } from "../world.js"
import { configMaps, home, namespaces, outside, type SoakKind, secrets } from "./kinds.js"
import { child, ensure, made, notYet, report, upTo } from "./making.js"
import { type Recipe, recipe } from "./recipe.js"

/** One ConfigMap a number, as many as are wanted. */
function children(kind: SoakKind) {
  return controller(kind.plural, kind)
    .owns(configMaps)
    .reconcile(async (key, { cluster, owned }) => {
      const self = await cluster.get(kind, key)
      if (self === undefined || isTerminating(self)) return {}
      const { count, text } = self.spec
      const names = upTo(count).map((index) => `${kind.plural}-${key.name}-${index}`)
      for (const surplus of owned(configMaps, self)) {
        if (!names.includes(surplus.metadata.name)) await cluster.delete(configMaps, keyOf(surplus))
      }
      for (const name of names) {
        await ensure(cluster, configMaps, child(self, configMaps, name, { data: { text } }), [
          "data",
        ])
      }
      await report(cluster, kind, self, { ready: owned(configMaps, self).length })
      return {}
    })
}

/** Secrets with generated names: adopts those with its label, releases those without, and keeps their number. */
function flock(kind: SoakKind) {
  const label = "soak/flock"
  return controller(kind.plural, kind)
    .owns(secrets)
    .watches(secrets, ({ metadata: { namespace = "", labels } }) =>
      labels?.[label] === undefined ? [] : [{ namespace, name: labels[label] }],
    )
    .reconcile(async (key, { cluster, watched, record }) => {
      const self = await cluster.get(kind, key)
      if (self === undefined || isTerminating(self)) return {}
      const members: Stored<Loose>[] = []
      for (const secret of watched(secrets, key)) {
        const isMine = controllerOf(secret)?.uid === self.metadata.uid
        const isLabelled = secret.metadata.labels?.[label] === key.name
        if (isTerminating(secret)) continue
        if (isMine && !isLabelled) await cluster.update(secrets, removeOwner(secret, self))
        if (!isMine && controllerOf(secret) === undefined && isLabelled) {
          await cluster.update(secrets, setController(secret, self))
          record(self, { type: "Normal", reason: "Adopted", message: "one more" })
        }
        if (isLabelled && (isMine || controllerOf(secret) === undefined)) members.push(secret)
      }
      const rank = (secret: Loose): number => (secret.metadata.generateName === undefined ? 0 : 1)
      const sorted = members.toSorted((a, b) => rank(a) - rank(b))
      for (const surplus of sorted.slice(self.spec.count)) {
        await cluster.delete(secrets, keyOf(surplus))
      }
      for (let index = sorted.length; index < self.spec.count; index++) {
        const metadata = {
          namespace: home,
          generateName: `${key.name}-`,
          labels: { [label]: key.name },
        }
        const { kind: type } = secrets
        await cluster.create(
          secrets,
          setController({ apiVersion: apiVersionOf(secrets), kind: type, metadata }, self),
        )
      }
      await report(cluster, kind, self, { members: Math.min(sorted.length, self.spec.count) })
      return {}
    })
}

/** A record in another namespace that only a finalizer takes along. */
function guard(kind: SoakKind) {
  const finalizer = "soak.example.com/record"
  return controller(kind.plural, kind).reconcile(async (key, { cluster }) => {
    const self = await cluster.get(kind, key)
    if (self === undefined) return {}
    const record = { namespace: outside, name: `${kind.plural}-${key.name}` }
    if (isTerminating(self)) {
      if (!hasFinalizer(self, finalizer)) return {}
      await cluster.delete(configMaps, record)
      await removeFinalizer(cluster, kind, self, finalizer)
      return {}
    }
    const held = await addFinalizer(cluster, kind, self, finalizer)
    const map = made(configMaps, record.name, { data: { text: held.spec.text } })
    await ensure(cluster, configMaps, { ...map, metadata: record }, ["data"])
    await report(cluster, kind, held, { recorded: held.spec.text })
    return {}
  })
}

/** A whole namespace for each object, which goes with it. */
function spaces(kind: SoakKind) {
  const finalizer = "soak.example.com/space"
  return controller(kind.plural, kind)
    .watches(namespaces, ({ metadata: { labels } }) =>
      labels?.["soak/space"] === undefined ? [] : [{ namespace: home, name: labels["soak/space"] }],
    )
    .reconcile(async (key, { cluster }) => {
      const self = await cluster.get(kind, key)
      if (self === undefined) return {}
      const name = `space-${key.name}`
      const space = await cluster.get(namespaces, { name })
      if (isTerminating(self)) {
        if (space === undefined) await removeFinalizer(cluster, kind, self, finalizer)
        else if (!isTerminating(space)) await cluster.delete(namespaces, { name })
        return {}
      }
      await addFinalizer(cluster, kind, self, finalizer)
      if (space !== undefined && isTerminating(space)) throw notYet("the old space still goes")
      const labels = { "soak/space": key.name }
      if (space === undefined) {
        const metadata = { name, labels }
        await cluster.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata })
      }
      const inner = made(configMaps, "inner", { data: { text: self.spec.text } })
      await ensure(
        cluster,
        configMaps,
        { ...inner, metadata: { namespace: name, name: "inner" } },
        ["data"],
      )
      await report(cluster, kind, self, { space: name })
      return {}
    })
}

/** One of two controllers that each keep a condition on the same objects. */
function condition(kind: SoakKind, type: string) {
  return controller(`${kind.plural}-${type.toLowerCase()}`, kind).reconcile(
    async (key, { cluster, clock }) => {
      const self = await cluster.get(kind, key)
      if (self === undefined) return {}
      const isMany = self.spec.count > 1
      const { generation = 0 } = self.metadata
      const set: Condition[] = [
        {
          type,
          status: isMany ? "True" : "False",
          reason: isMany ? "Many" : "Few",
          message: `${type} says ${self.spec.text}`,
          observedGeneration: generation,
        },
      ]
      await patchConditions(cluster, kind, self, { set, now: clock.now() })
      return {}
    },
  )
}

const leaseTimes = { leaseDurationMs: 30_000, renewDeadlineMs: 20_000, retryPeriodMs: 5_000 }

function elected(): Recipe {
  return {
    ...recipe("ruler", (kind) => [children(kind)]),
    replicas: 2,
    share(identity, parts) {
      const lease = { namespace: outside, name: "rulers" }
      const election = electLeader({ ...parts, ...leaseTimes, lease, identity })
      return { ownership: election, leave: election.stop }
    },
  }
}

function sharded(): Recipe {
  return {
    ...recipe("shard", (kind) => [children(kind)]),
    replicas: 3,
    share(identity, parts) {
      const shard = joinShards({
        ...parts,
        ...leaseTimes,
        namespace: outside,
        group: "shards",
        identity,
      })
      return { ownership: shard, leave: shard.leave }
    },
  }
}

/** Goes through phases as time passes, from the beginning at each change of its spec. */
function timer(kind: SoakKind) {
  return controller(kind.plural, kind).reconcile(async (key, { cluster, clock }) => {
    const self = await cluster.get(kind, key)
    if (self === undefined) return {}
    const { generation = 0 } = self.metadata
    const { observed, since = "" } = (self.status ?? {}) as { observed?: number; since?: string }
    const now = clock.now()
    if (observed !== generation) {
      const started = new Date(now).toISOString()
      await report(cluster, kind, self, { observed: generation, since: started, phase: "Pending" })
      return { wakeAt: now }
    }
    const doneAt = epochMs(Date.parse(since) + self.spec.count * 20_000)
    await report(cluster, kind, self, { phase: now < doneAt ? "Running" : "Done" })
    return now < doneAt ? { wakeAt: doneAt } : {}
  })
}

/** Controllers that keep children, records, conditions and time. */
export const keepers: readonly Recipe[] = [
  recipe("parent", (kind) => [children(kind)]),
  recipe("flock", (kind) => [flock(kind)]),
  recipe("guard", (kind) => [guard(kind)]),
  recipe("space", (kind) => [spaces(kind)]),
  recipe("verdict", (kind) => [condition(kind, "Counted"), condition(kind, "Read")]),
  recipe("timer", (kind) => [timer(kind)]),
  elected(),
  sharded(),
]
