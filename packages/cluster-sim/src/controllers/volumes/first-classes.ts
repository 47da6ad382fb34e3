import type { UntypedObject } from "@argo-ts/kernel"
import { createObject } from "../../api/create.js"
import type { Server } from "../../api/server.js"
import { serverRequest } from "../../api/write.js"
import { fieldManagers } from "../../field-managers.js"
import type { KindRules } from "../../kinds/rules.js"
import { marks, type StorageClass } from "./volume.js"

/** One storage class of a simulated cluster. */
export interface StorageClassOptions {
  readonly name: string
  /** Claims that name no class get it. Default false. */
  readonly isDefault?: boolean
  /** Default `sim.argo-ts.dev/volumes`; `kubernetes.io/no-provisioner` is for volumes that are made by hand. */
  readonly provisioner?: string
  /** Default `Immediate`. */
  readonly volumeBindingMode?: "Immediate" | "WaitForFirstConsumer"
  /** What becomes of a volume when its claim has gone. Default `Delete`. */
  readonly reclaimPolicy?: "Retain" | "Delete"
  /** Whether claims may grow. Default false. */
  readonly allowVolumeExpansion?: boolean
}

/** The classes of a cluster where nobody says otherwise: one that makes a volume for every claim. */
export const standardClasses: readonly StorageClassOptions[] = [
  { name: "standard", isDefault: true },
]

function newClass(options: StorageClassOptions): StorageClass {
  const { name, isDefault = false, provisioner = "sim.argo-ts.dev/volumes", ...rest } = options
  const metadata = isDefault ? { name, annotations: { [marks.defaultClass]: "true" } } : { name }
  return { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata, provisioner, ...rest }
}

/** Creates the storage classes that a new cluster begins with. */
export function createStorageClasses(
  server: Server,
  classes: readonly StorageClassOptions[],
): void {
  const rules = server.registry.byId("storage.k8s.io/storageclasses") as KindRules
  for (const options of classes) {
    const wanted = newClass(options) as unknown as UntypedObject
    createObject(server, rules, wanted, serverRequest("create", fieldManagers.server))
  }
}
