import type { Stored } from "@argo-ts/kernel"
import { formatInstant, type UntypedObject } from "@argo-ts/kernel"
import {
  claimProtection,
  defaultClassOf,
  type StorageClass,
  volumeProtection,
} from "../controllers/volumes/volume.js"
import { everyObject } from "../store/selection.js"
import { part } from "../store/stored-object.js"
import type { Admit } from "./admission.js"

/** The object, protected from going while it is used. */
function guarded(object: UntypedObject, protection: string): UntypedObject {
  const { finalizers = [] } = object.metadata
  if (finalizers.includes(protection)) return object
  return { ...object, metadata: { ...object.metadata, finalizers: [...finalizers, protection] } }
}

/** A claim that names no class gets the default one; it begins Pending, and does not go while a pod uses it. */
export const admitClaim: Admit = ({ object, before, server }) => {
  if (before !== undefined) return object
  const spec = part(object, "spec")
  const kind = server.registry.byId("storage.k8s.io/storageclasses")
  const classes =
    kind === undefined || spec["storageClassName"] !== undefined
      ? []
      : server.store.collection(kind).list(everyObject)
  const chosen = defaultClassOf(classes as unknown as readonly Stored<StorageClass>[])
  const next = { ...guarded(object, claimProtection), status: { phase: "Pending" } }
  if (chosen === undefined) return next
  return { ...next, spec: { ...spec, storageClassName: chosen.metadata.name } }
}

/** A volume begins Pending, and does not go while a claim is bound to it. */
export const admitVolume: Admit = ({ object, before, server }) => {
  if (before !== undefined) return object
  const lastPhaseTransitionTime = formatInstant(server.now())
  const status = { phase: "Pending", lastPhaseTransitionTime }
  return { ...guarded(object, volumeProtection), status }
}
