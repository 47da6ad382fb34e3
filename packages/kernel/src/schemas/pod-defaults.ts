import type { JsonObject, JsonValue } from "../json.js"
import { withDefaults, withItems, withNested } from "./fill.js"

const podSpecDefaults: JsonObject = {
  restartPolicy: "Always",
  dnsPolicy: "ClusterFirst",
  terminationGracePeriodSeconds: 30,
  schedulerName: "default-scheduler",
  securityContext: {},
}

/** `Always` for the tag `latest` or none, `IfNotPresent` for another tag or a digest alone. */
function pullPolicy(image: JsonValue | undefined): string {
  if (typeof image !== "string") return "IfNotPresent"
  const [reference = "", digest] = image.split("@")
  const name = reference.slice(reference.lastIndexOf("/") + 1)
  const colon = name.indexOf(":")
  if (colon >= 0) return name.slice(colon + 1) === "latest" ? "Always" : "IfNotPresent"
  return digest === undefined ? "Always" : "IfNotPresent"
}

function probe(value: JsonObject): JsonObject {
  const timed = withDefaults(value, {
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  })
  return httpHandler(timed)
}

function httpHandler(value: JsonObject): JsonObject {
  return withNested(value, "httpGet", (get) => withDefaults(get, { path: "/", scheme: "HTTP" }))
}

function lifecycle(value: JsonObject): JsonObject {
  return withNested(withNested(value, "postStart", httpHandler), "preStop", httpHandler)
}

function environmentVariable(variable: JsonObject): JsonObject {
  return withNested(variable, "valueFrom", (source) =>
    withNested(source, "fieldRef", (reference) => withDefaults(reference, { apiVersion: "v1" })),
  )
}

function container(value: JsonObject): JsonObject {
  let filled = withDefaults(value, {
    imagePullPolicy: pullPolicy(value["image"]),
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    resources: {},
  })
  filled = withItems(filled, "ports", (port) => withDefaults(port, { protocol: "TCP" }))
  filled = withItems(filled, "env", environmentVariable)
  for (const name of ["livenessProbe", "readinessProbe", "startupProbe"]) {
    filled = withNested(filled, name, probe)
  }
  return withNested(filled, "lifecycle", lifecycle)
}

const modes = ["secret", "configMap", "projected", "downwardAPI"]

function volume(value: JsonObject): JsonObject {
  if (Object.keys(value).every((key) => key === "name")) return { ...value, emptyDir: {} }
  let filled = value
  for (const source of modes) {
    filled = withNested(filled, source, (inner) => withDefaults(inner, { defaultMode: 420 }))
  }
  return withNested(filled, "hostPath", (path) => withDefaults(path, { type: "" }))
}

function podSpec(spec: JsonObject): JsonObject {
  let filled = withDefaults(spec, podSpecDefaults)
  for (const list of ["containers", "initContainers", "ephemeralContainers"]) {
    filled = withItems(filled, list, container)
  }
  return withItems(filled, "volumes", volume)
}

/** A pod template with the defaults of its pod spec; see {@link applyDefaults}. */
export function podTemplateDefaults(template: JsonObject): JsonObject {
  return withNested(template, "spec", podSpec)
}
