import type { Cluster, JsonPatchOperation, Patch } from "@argo-ts/k8s"
import {
  apiVersionOf,
  isJsonObject,
  type Kind,
  type KubernetesObject,
  type ObjectKey,
  OperationError,
} from "@argo-ts/kernel"
import type { ScenarioPatch } from "../api/scenario.js"
import { parseReference } from "../match/reference.js"

const fieldManager = "scenario"

/** The scenario asks for what cannot be. */
export function refuse(message: string): never {
  throw new OperationError(message, { code: "InvalidScenario", retryable: false })
}

/** Takes a value for a manifest, or refuses it. */
export function asManifest(value: unknown, place: string): KubernetesObject {
  const isManifest =
    isJsonObject(value) &&
    typeof value["apiVersion"] === "string" &&
    typeof value["kind"] === "string" &&
    isJsonObject(value["metadata"])
  return isManifest
    ? (value as unknown as KubernetesObject)
    : refuse(`${place}: expected a manifest with apiVersion, kind and metadata`)
}

/** Finds kinds by what manifests and references say. */
interface KindFinder {
  ofObject(object: KubernetesObject): Promise<Kind>
  ofReference(text: string): Promise<{ readonly kind: Kind; readonly key: ObjectKey }>
  namespaces(): Promise<Kind | undefined>
}

function createKindFinder(cluster: Cluster): KindFinder {
  let known: readonly Kind[] | undefined
  const kinds = async (): Promise<readonly Kind[]> => {
    known ??= await cluster.kinds()
    return known
  }
  return {
    async ofObject({ apiVersion, kind }) {
      const all = await kinds()
      const found = all.find((one) => one.kind === kind && apiVersionOf(one) === apiVersion)
      return (
        found ?? refuse(`expected a kind that the scenario serves, found ${kind} of ${apiVersion}`)
      )
    },
    async ofReference(text) {
      const reference = parseReference(text)
      if (!reference.ok) return refuse(reference.issues[0]?.message ?? "expected a reference")
      const { group, namespace, name } = reference.value
      const all = await kinds()
      const kind = all.find(
        (one) => one.kind === reference.value.kind && (group === undefined || one.group === group),
      )
      if (kind === undefined)
        return refuse(`expected a kind that the scenario serves, found ${text}`)
      return { kind, key: namespace === undefined ? { name } : { namespace, name } }
    },
    async namespaces() {
      return (await kinds()).find((one) => one.kind === "Namespace" && one.group === "")
    },
  }
}

/** Somebody who works with `kubectl`. Namespaces that objects name are made where they do not exist. */
export interface User {
  apply(object: KubernetesObject): Promise<void>
  create(object: KubernetesObject): Promise<void>
  patch(patch: ScenarioPatch): Promise<void>
  remove(reference: string): Promise<void>
}

function toPatch({ merge, strategic, json }: ScenarioPatch): Patch {
  if (merge !== undefined) return { type: "merge", patch: merge }
  if (strategic !== undefined) return { type: "strategic", patch: strategic }
  return { type: "json", operations: json as unknown as readonly JsonPatchOperation[] }
}

/** A user of a cluster; their field manager is `scenario`. */
export function createUser(cluster: Cluster): User {
  const finder = createKindFinder(cluster)
  const prepare = async (
    object: KubernetesObject,
  ): Promise<{ kind: Kind; object: KubernetesObject }> => {
    const kind = await finder.ofObject(object)
    if (kind.scope === "Cluster") return { kind, object }
    const namespace = object.metadata.namespace ?? "default"
    const namespaces = await finder.namespaces()
    if (
      namespaces !== undefined &&
      (await cluster.get(namespaces, { name: namespace })) === undefined
    ) {
      const made = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }
      await cluster.create(namespaces, made, { fieldManager })
    }
    return { kind, object: { ...object, metadata: { ...object.metadata, namespace } } }
  }
  return {
    async apply(wanted) {
      const { kind, object } = await prepare(wanted)
      await cluster.apply(kind, object, { fieldManager, force: true })
    },
    async create(wanted) {
      const { kind, object } = await prepare(wanted)
      await cluster.create(kind, object, { fieldManager })
    },
    async patch(wanted) {
      const { kind, key } = await finder.ofReference(wanted.object)
      const { subresource } = wanted
      const options = subresource === undefined ? { fieldManager } : { fieldManager, subresource }
      await cluster.patch(kind, key, toPatch(wanted), options)
    },
    async remove(text) {
      const { kind, key } = await finder.ofReference(text)
      if (!(await cluster.delete(kind, key, { fieldManager }))) refuse(`${text} does not exist`)
    },
  }
}
