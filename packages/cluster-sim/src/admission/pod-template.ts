import { isJsonObject, type JsonObject, type UntypedObject } from "@argo-ts/kernel"
import type { KindRegistry } from "../kinds/registry.js"
import type { KindRules } from "../kinds/rules.js"
import { adopt } from "../store/adopt.js"
import type { Store } from "../store/store.js"
import { part } from "../store/stored-object.js"

/** The template that a new pod is made from, as its stored owner holds it: frozen, so that what follows from it lasts. */
export interface PodTemplate {
  readonly spec: JsonObject
  /** True where the server has read it as that of a pod, as it does for built-in owners. */
  readonly isRead: boolean
}

/** The template of the controlling owner of `pod`, where the pod says just what that says. */
export function templateOf(
  store: Store,
  rules: KindRules,
  pod: UntypedObject,
): PodTemplate | undefined {
  if (!rules.isGraceful) return undefined
  // As it was sent: nobody has read it yet.
  const references: unknown = pod.metadata?.ownerReferences
  if (!Array.isArray(references)) return undefined
  const reference = references.filter(isJsonObject).find((each) => each["controller"] === true)
  const owner = store.byUid(String(reference?.["uid"]))
  if (owner === undefined) return undefined
  const { template } = part(owner.object, "spec")
  const spec = isJsonObject(template) ? template["spec"] : undefined
  if (!isJsonObject(spec) || spec !== pod["spec"]) return undefined
  return { spec, isRead: owner.rules.isBuiltIn }
}

/** What admission makes of a template: the spec and the first status of every pod of it. */
interface Shape {
  readonly spec: JsonObject
  readonly status: JsonObject
  /** What else it follows from: accounts and priority classes, as they were after so many changes. */
  readonly accounts: number
  readonly classes: number
}

/** The shapes of pods: pods of one template, which come by the thousand, are shaped once and share what they are. */
export interface PodShapes {
  /** The pod as `shape` makes it, or has made others of its template. */
  shaped(pod: UntypedObject, template: PodTemplate, shape: () => UntypedObject): UntypedObject
  /** True for the spec of a shape: frozen and whole. */
  has(spec: unknown): boolean
}

/** No shapes yet. */
export function createPodShapes(store: Store, registry: KindRegistry): PodShapes {
  const shapes = new WeakMap<JsonObject, Shape>()
  const specs = new WeakSet<object>()
  const changesOf = (id: string): number => {
    const rules = registry.byId(id)
    return rules === undefined ? 0 : store.collection(rules).changes()
  }
  return {
    has: (spec) => specs.has(spec as object),
    shaped(pod, template, shape) {
      const accounts = changesOf("/serviceaccounts")
      const classes = changesOf("scheduling.k8s.io/priorityclasses")
      const known = shapes.get(template.spec)
      if (known?.accounts === accounts && known.classes === classes) {
        return { ...pod, spec: known.spec, status: known.status }
      }
      const made = shape()
      const pods = store.collection(registry.byId("/pods") as KindRules)
      // Templates that say the same share what they say, as their pods would.
      const spec = adopt(made["spec"], pods.latest()?.["spec"]) as JsonObject
      const status = adopt(made["status"], undefined) as JsonObject
      shapes.set(template.spec, { spec, status, accounts, classes })
      specs.add(spec)
      return { ...made, spec, status }
    },
  }
}
