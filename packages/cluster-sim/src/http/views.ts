import {
  type Cluster,
  ClusterError,
  type GetOptions,
  type ListOptions,
  type ObjectList,
  type Selection,
  type WatchObserver,
  type WatchOptions,
  type WriteOptions,
} from "@argo-ts/k8s"
import {
  apiVersionOf,
  defineKind,
  isJsonObject,
  type JsonObject,
  type Kind,
  type KubernetesObject,
  type ObjectKey,
  type Stored,
} from "@argo-ts/kernel"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { at, countAt, listAt, textAt } from "./reading.js"

/** Another version of a stored kind: read, listed, watched, created, replaced and deleted as if it were stored so. */
interface View {
  readonly kind: Kind
  /** The kind as it is stored. */
  readonly of: { readonly group: string; readonly version: string; readonly plural: string }
  toStored(object: JsonObject): JsonObject
  toShown(object: JsonObject): JsonObject
  /** What fields that may be selected by are called in the stored kind; absent: as they are called here. */
  readonly selectable?: ReadonlyMap<string, string>
}

/** A record of some fields under other names; absent ones stay absent. */
function renamed(object: JsonObject, names: { readonly [from: string]: string }): JsonObject {
  return Object.fromEntries(
    Object.entries(names).flatMap(([from, to]) =>
      object[from] === undefined ? [] : [[to, object[from]]],
    ),
  ) as JsonObject
}

function objectAt(object: JsonObject, name: string): JsonObject {
  const found = object[name]
  return found !== undefined && isJsonObject(found) ? found : {}
}

const cpuField = "targetCPUUtilizationPercentage"

function isCpu(metric: JsonObject): boolean {
  return (
    textAt(metric, ["resource", "name"]) === "cpu" &&
    at(metric, "resource", "target", "averageUtilization") !== undefined
  )
}

/** Autoscalers as they were when there was only the processor to scale by. */
const autoscalers: View = {
  kind: defineKind({
    group: "autoscaling",
    version: "v1",
    kind: "HorizontalPodAutoscaler",
    plural: "horizontalpodautoscalers",
    scope: "Namespaced",
    hasStatus: true,
    shortNames: ["hpa"],
  }),
  of: { group: "autoscaling", version: "v2", plural: "horizontalpodautoscalers" },
  toStored(object) {
    const { [cpuField]: cpu, ...spec } = objectAt(object, "spec")
    const target = { type: "Utilization", averageUtilization: cpu ?? 0 }
    const metrics = [{ type: "Resource", resource: { name: "cpu", target } }]
    return { ...object, spec: { ...spec, ...(cpu !== undefined && { metrics }) } as JsonObject }
  },
  toShown(object) {
    const { metrics: _metrics, behavior: _behavior, ...spec } = objectAt(object, "spec")
    const {
      currentMetrics: _current,
      conditions: _conditions,
      ...status
    } = objectAt(object, "status")
    const wanted = listAt(object, "spec", "metrics").find(isCpu)
    const current = listAt(object, "status", "currentMetrics").find(
      (each) => textAt(each, ["resource", "name"]) === "cpu",
    )
    const value = at(current, "resource", "current", "averageUtilization")
    const cpu = countAt(wanted, "resource", "target", "averageUtilization")
    return {
      ...object,
      spec: { ...spec, ...(wanted !== undefined && { [cpuField]: cpu }) },
      status: {
        ...status,
        ...(typeof value === "number" && { currentCPUUtilizationPercentage: value }),
      },
    }
  },
}

/** Names of an Event's fields in `events.k8s.io`, and in the core group. */
const eventNames = {
  regarding: "involvedObject",
  note: "message",
  reportingController: "reportingComponent",
  deprecatedSource: "source",
  deprecatedFirstTimestamp: "firstTimestamp",
  deprecatedLastTimestamp: "lastTimestamp",
  deprecatedCount: "count",
}
const coreNames = Object.fromEntries(Object.entries(eventNames).map(([from, to]) => [to, from]))
const sharedNames = Object.fromEntries(
  [
    "apiVersion",
    "kind",
    "metadata",
    "eventTime",
    "series",
    "reportingInstance",
    "action",
    "reason",
    "related",
    "type",
  ].map((name) => [name, name]),
)

const selectedEvents: ReadonlyMap<string, string> = new Map([
  ...["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"].map(
    (field) => [`regarding.${field}`, `involvedObject.${field}`] as const,
  ),
  ["reportingController", "reportingComponent"],
  ...["metadata.name", "metadata.namespace", "reason", "type"].map(
    (field) => [field, field] as const,
  ),
])

const events: View = {
  kind: defineKind({
    group: "events.k8s.io",
    version: "v1",
    kind: "Event",
    plural: "events",
    scope: "Namespaced",
    hasStatus: false,
    shortNames: ["ev"],
  }),
  of: { group: "", version: "v1", plural: "events" },
  toStored: (object) => renamed(object, { ...sharedNames, ...eventNames }),
  toShown: (object) => renamed(object, { ...sharedNames, ...coreNames }),
  selectable: selectedEvents,
}

const views: readonly View[] = [autoscalers, events]

function isOf(kind: Kind, { group, version, plural }: View["of"]): boolean {
  return kind.group === group && kind.version === version && kind.plural === plural
}

/** An object of another version as it is stored, with what it is called so: they are printed alike. */
export function storedForm(id: string, object: JsonObject): readonly [string, JsonObject] {
  const view = views.find(({ kind }) => `${apiVersionOf(kind)}/${kind.kind}` === id)
  if (view === undefined) return [id, object]
  return [`${apiVersionOf(view.of)}/${view.kind.kind}`, view.toStored(object)]
}

/** What stands for a view in the cluster behind it. */
interface Behind {
  readonly kind: Kind
  readonly store: (object: KubernetesObject) => KubernetesObject
  readonly show: <T extends KubernetesObject>(object: Stored<KubernetesObject>) => Stored<T>
  /** The same selection in the words of the stored kind. */
  readonly select: <S extends Selection>(selection: S) => S
}

/** A selection whose fields are called otherwise. One of no known name is refused. */
function selectionOf<S extends Selection>(names: View["selectable"], selection: S): S {
  if (names === undefined) return selection
  const named = <V>(fields: { readonly [field: string]: V }): { readonly [field: string]: V } =>
    Object.fromEntries(
      Object.entries(fields).map(([field, value]) => {
        const name = names.get(field)
        if (name !== undefined) return [name, value]
        throw new ClusterError("BadRequest", `field label not supported: ${field}`)
      }),
    )
  const { fieldSelector, excludedFields } = selection
  return {
    ...selection,
    ...(fieldSelector !== undefined && { fieldSelector: named(fieldSelector) }),
    ...(excludedFields !== undefined && { excludedFields: named(excludedFields) }),
  }
}

function behind(kind: Kind): Behind | undefined {
  const view = views.find(
    (each) => apiVersionOf(each.kind) === apiVersionOf(kind) && each.kind.plural === kind.plural,
  )
  const apiVersion = view === undefined ? "" : apiVersionOf(view.of)
  const stored = view === undefined ? undefined : builtInKind(apiVersion, view.kind.kind)
  if (view === undefined || stored === undefined) return undefined
  const json = (object: object): JsonObject => object as unknown as JsonObject
  return {
    kind: stored,
    select: (selection) => selectionOf(view.selectable, selection),
    store: (object) =>
      ({ ...view.toStored(json(object)), apiVersion }) as unknown as KubernetesObject,
    show: <T extends KubernetesObject>(object: Stored<KubernetesObject>) =>
      ({
        ...view.toShown(json(object)),
        apiVersion: apiVersionOf(kind),
      }) as unknown as Stored<T>,
  }
}

function refusePatch(kind: Kind, stored: Kind): ClusterError {
  return new ClusterError(
    "UnsupportedMediaType",
    `${kind.plural} of ${apiVersionOf(kind)} are not patched here: patch them as ${apiVersionOf(stored)}`,
  )
}

function shownList<T extends KubernetesObject>(
  { items, ...page }: ObjectList<KubernetesObject>,
  { show }: Behind,
): ObjectList<T> {
  return { ...page, items: items.map((item) => show<T>(item)) }
}

/** What is said of a deletion, in the words of the version that was spoken. */
function shownAnswer({ group }: Kind, { show }: Behind, answer: JsonObject): JsonObject {
  if (answer["kind"] !== "Status")
    return show(answer as unknown as Stored<KubernetesObject>) as unknown as JsonObject
  const details = { ...(answer["details"] as JsonObject | undefined), group }
  return { ...answer, details }
}

/**
 * A cluster that also serves other versions of some kinds: autoscalers of `autoscaling/v1`, Events of `events.k8s.io/v1`.
 * They are not patched, nor applied: that is refused.
 */
export function withViews(cluster: Cluster): Cluster {
  return {
    async kinds(options) {
      const kinds = await cluster.kinds(options)
      const more = views
        .filter(({ of }) => kinds.some((each) => isOf(each, of)))
        .map(({ kind }) => kind)
      return [...kinds, ...more.filter((kind) => !kinds.some((each) => isOf(each, kind)))]
    },
    async get<T extends KubernetesObject>(kind: Kind<T>, key: ObjectKey, options?: GetOptions) {
      const other = behind(kind)
      if (other === undefined) return cluster.get(kind, key, options)
      const found = await cluster.get(other.kind, key, options)
      return found === undefined ? undefined : other.show<T>(found)
    },
    async list<T extends KubernetesObject>(kind: Kind<T>, options: ListOptions = {}) {
      const other = behind(kind)
      if (other === undefined) return cluster.list(kind, options)
      return shownList<T>(await cluster.list(other.kind, other.select(options)), other)
    },
    watch<T extends KubernetesObject>(
      kind: Kind<T>,
      options: WatchOptions,
      observer: WatchObserver<T>,
    ) {
      const other = behind(kind)
      if (other === undefined) return cluster.watch(kind, options, observer)
      return cluster.watch(other.kind, other.select(options), {
        event: (event) =>
          observer.event(
            event.type === "BOOKMARK" ? event : { ...event, object: other.show<T>(event.object) },
          ),
        end: (error) => observer.end(error),
      })
    },
    async create<T extends KubernetesObject>(kind: Kind<T>, object: T, options?: WriteOptions) {
      const other = behind(kind)
      if (other === undefined) return cluster.create(kind, object, options)
      return other.show<T>(await cluster.create(other.kind, other.store(object), options))
    },
    async update<T extends KubernetesObject>(kind: Kind<T>, object: T, options?: WriteOptions) {
      const other = behind(kind)
      if (other === undefined) return cluster.update(kind, object, options)
      return other.show<T>(await cluster.update(other.kind, other.store(object), options))
    },
    async patch(kind, key, patch, options) {
      const other = behind(kind)
      if (other !== undefined) throw refusePatch(kind, other.kind)
      return cluster.patch(kind, key, patch, options)
    },
    async apply(kind, object, options) {
      const other = behind(kind)
      if (other !== undefined) throw refusePatch(kind, other.kind)
      return cluster.apply(kind, object, options)
    },
    async delete(kind, key, options) {
      const other = behind(kind)
      if (other === undefined) return cluster.delete(kind, key, options)
      const onAnswer = (answer: JsonObject): void => {
        options?.onAnswer?.(shownAnswer(kind, other, answer))
      }
      return cluster.delete(other.kind, key, { ...options, onAnswer })
    },
  }
}
