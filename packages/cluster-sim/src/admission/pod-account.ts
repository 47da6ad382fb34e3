import { fnv32a, isJsonObject, type JsonObject, type JsonValue } from "@argo-ts/kernel"
import { forbidden } from "../api/errors.js"
import type { KindRules } from "../kinds/rules.js"
import type { StoredObject } from "../store/stored-object.js"
import type { Admission } from "./admission.js"

/**
 * What is done about the service account of a new pod: it is only named, or it has to be there, or it also gives the
 * pod's containers its token.
 */
export type PodAccountMode = "named" | "required" | "mounted"

/** The account that every namespace has. */
export const defaultAccount = "default"
/** The ConfigMap that every namespace has, with the authority of the API server. */
export const rootCertificateMap = "kube-root-ca.crt"

const volumePrefix = "kube-api-access-"
const mountPath = "/var/run/secrets/kubernetes.io/serviceaccount"
const alphabet = "bcdfghjklmnpqrstvwxz2456789"

/** The volume that tells a pod's containers who they are; pods of one account have it under one name. */
interface TokenVolume {
  readonly volume: JsonObject
  readonly mount: JsonObject
}

const projected: JsonObject = {
  defaultMode: 420,
  sources: [
    { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
    {
      configMap: {
        name: rootCertificateMap,
        items: [{ key: "ca.crt", path: "ca.crt" }],
      },
    },
    {
      downwardAPI: {
        items: [
          { fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" }, path: "namespace" },
        ],
      },
    },
  ],
}

function tokenVolume(name: string): TokenVolume {
  return { volume: { name, projected }, mount: { mountPath, name, readOnly: true } }
}

function suffixOf({ metadata }: StoredObject): string {
  let rest = fnv32a(metadata.uid)
  let text = ""
  for (let index = 0; index < 5; index++) {
    text += alphabet[rest % alphabet.length]
    rest = Math.floor(rest / alphabet.length)
  }
  return text
}

const volumes = new WeakMap<StoredObject, TokenVolume>()

function volumeOf(account: StoredObject): TokenVolume {
  const known = volumes.get(account) ?? tokenVolume(`${volumePrefix}${suffixOf(account)}`)
  volumes.set(account, known)
  return known
}

function itemsOf(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : []
}

function isMounted(container: JsonObject): boolean {
  return itemsOf(container["volumeMounts"]).some((each) => each["mountPath"] === mountPath)
}

function mounted(containers: JsonValue | undefined, mount: JsonObject): JsonValue[] {
  return itemsOf(containers).map((container) =>
    isMounted(container)
      ? container
      : { ...container, volumeMounts: [...itemsOf(container["volumeMounts"]), mount] },
  )
}

type Fields = { [name: string]: JsonValue }

/** Mounts the token in every container that has nothing else in its place. A pod that brings the volume keeps it. */
function mountToken(spec: Fields, account: StoredObject): void {
  const { initContainers, containers } = spec
  const all = [...itemsOf(containers), ...itemsOf(initContainers)]
  if (all.every(isMounted)) return
  const given = itemsOf(spec["volumes"])
  const own = given.find(({ name }) => String(name).startsWith(volumePrefix))
  const { volume, mount } = own === undefined ? volumeOf(account) : tokenVolume(String(own["name"]))
  if (own === undefined) spec["volumes"] = [...given, volume]
  spec["containers"] = mounted(containers, mount)
  if (initContainers !== undefined) spec["initContainers"] = mounted(initContainers, mount)
}

function accountOf(name: string, { server, rules, object }: Admission): StoredObject {
  const { namespace = "", name: pod = "" } = object.metadata
  const kind = server.registry.byId("/serviceaccounts") as KindRules
  const found = server.store.collection(kind).get(namespace, name)
  if (found !== undefined) return found
  const why = `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`
  throw forbidden(rules, pod, why)
}

/** Names the account of a new pod and gives the pod what comes with it. Fills `spec` in place. */
export function joinAccount(spec: Fields, admission: Admission): void {
  const given = spec["serviceAccountName"]
  const name = typeof given === "string" && given !== "" ? given : defaultAccount
  spec["serviceAccountName"] = name
  spec["serviceAccount"] = name
  const { podAccounts } = admission.server
  if (podAccounts === "named") return
  const account = accountOf(name, admission)
  const secrets = account["imagePullSecrets"] as JsonValue | undefined
  if (secrets !== undefined && itemsOf(spec["imagePullSecrets"]).length === 0) {
    spec["imagePullSecrets"] = secrets
  }
  const automount =
    spec["automountServiceAccountToken"] ?? account["automountServiceAccountToken"] ?? true
  if (podAccounts === "mounted" && automount === true) mountToken(spec, account)
}
