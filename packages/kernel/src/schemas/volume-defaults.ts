import type { JsonObject } from "../json.js"
import { type Default, nestedDefaults, withDefaults, withItems, withNested } from "./fill.js"
import { downwardSource, pullPolicy } from "./sources.js"

const withMode: JsonObject = { defaultMode: 420 }

const downwardFiles: Default = (source) => withItems(source, "items", downwardSource)

const projection: Default = (source) =>
  withNested(
    withNested(source, "serviceAccountToken", (token) =>
      withDefaults(token, { expirationSeconds: 3600 }),
    ),
    "downwardAPI",
    downwardFiles,
  )

/** What each kind of volume gets, by the name of its source. */
const sources: { readonly [name: string]: Default } = {
  secret: (source) => withDefaults(source, withMode),
  configMap: (source) => withDefaults(source, withMode),
  downwardAPI: (source) => downwardFiles(withDefaults(source, withMode)),
  projected: (source) => withItems(withDefaults(source, withMode), "sources", projection),
  hostPath: (source) => withDefaults(source, { type: "" }),
  iscsi: (source) => withDefaults(source, { iscsiInterface: "default" }),
  rbd: (source) =>
    withDefaults(source, { pool: "rbd", user: "admin", keyring: "/etc/ceph/keyring" }),
  azureDisk: (source) =>
    withDefaults(source, {
      cachingMode: "ReadWrite",
      kind: "Shared",
      fsType: "ext4",
      readOnly: false,
    }),
  scaleIO: (source) => withDefaults(source, { storageMode: "ThinProvisioned", fsType: "xfs" }),
  image: (source) => withDefaults(source, { pullPolicy: pullPolicy(source["reference"]) }),
  ephemeral: (source) =>
    withNested(source, "volumeClaimTemplate", nestedDefaults("spec", { volumeMode: "Filesystem" })),
}

/** A volume with the defaults of its source; one that names no source is an empty directory. */
export const volumeDefaults: Default = (volume) => {
  const names = Object.keys(volume).filter((name) => name !== "name" && volume[name] !== null)
  if (names.length === 0) return withDefaults(volume, { emptyDir: {} })
  let filled = volume
  for (const name of names) {
    const defaults = Object.hasOwn(sources, name) ? sources[name] : undefined
    if (defaults !== undefined) filled = withNested(filled, name, defaults)
  }
  return filled
}

/** The part of these defaults that persistent volumes share. */
export const persistentSource: Default = (spec) => {
  let filled = spec
  for (const name of ["hostPath", "iscsi", "rbd", "azureDisk", "scaleIO"]) {
    filled = withNested(filled, name, sources[name] as Default)
  }
  return filled
}
