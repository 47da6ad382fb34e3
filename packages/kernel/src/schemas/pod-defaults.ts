import { isJsonObject, type JsonObject } from "../json.js"
import { type Default, nestedDefaults, withDefaults, withItems, withNested } from "./fill.js"
import { downwardSource, pullPolicy } from "./sources.js"
import { volumeDefaults } from "./volume-defaults.js"

const podSpecDefaults: JsonObject = {
  restartPolicy: "Always",
  dnsPolicy: "ClusterFirst",
  terminationGracePeriodSeconds: 30,
  schedulerName: "default-scheduler",
  securityContext: {},
}
const podOnly: JsonObject = { ...podSpecDefaults, enableServiceLinks: true }
const containerLists = ["containers", "initContainers", "ephemeralContainers"]
const probes = ["livenessProbe", "readinessProbe", "startupProbe"]
const probeDefaults: JsonObject = {
  timeoutSeconds: 1,
  periodSeconds: 10,
  successThreshold: 1,
  failureThreshold: 3,
}

const httpHandler = nestedDefaults("httpGet", { path: "/", scheme: "HTTP" })
const grpcHandler = nestedDefaults("grpc", { service: "" })

function probe(value: JsonObject): JsonObject {
  return grpcHandler(httpHandler(withDefaults(value, probeDefaults)))
}

function lifecycle(value: JsonObject): JsonObject {
  return withNested(withNested(value, "postStart", httpHandler), "preStop", httpHandler)
}

function environmentVariable(variable: JsonObject): JsonObject {
  return withNested(variable, "valueFrom", downwardSource)
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
  for (const name of probes) filled = withNested(filled, name, probe)
  return withNested(filled, "lifecycle", lifecycle)
}

/** The old name of a service account says the same as the new one, which wins. */
function withAccount(spec: JsonObject): JsonObject {
  const { serviceAccountName, serviceAccount } = spec
  const account = serviceAccountName ?? serviceAccount
  if (account === undefined || account === "") return spec
  if (serviceAccountName === account && serviceAccount === account) return spec
  return { ...spec, serviceAccountName: account, serviceAccount: account }
}

function podSpec(spec: JsonObject, defaults: JsonObject): JsonObject {
  let filled = withAccount(withDefaults(spec, defaults))
  for (const list of containerLists) filled = withItems(filled, list, container)
  return withItems(filled, "volumes", volumeDefaults)
}

/** A pod template with the defaults of its pod spec; see {@link applyDefaults}. */
export function podTemplateDefaults(template: JsonObject): JsonObject {
  return withNested(template, "spec", (spec) => podSpec(spec, podSpecDefaults))
}

/** What a limit says is also requested, unless a request says otherwise. */
function requested(resources: JsonObject): JsonObject {
  const limits = resources["limits"]
  if (limits === undefined || !isJsonObject(limits)) return resources
  return withNested(resources, "requests", (requests) => withDefaults(requests, limits), true)
}

/** With the host's network every port of a container is one of the host. */
const hostPort: Default = (port) => withDefaults(port, { hostPort: port["containerPort"] ?? 0 })

/** The defaults that pods get and their templates do not. */
export const podOnlyDefaults: Default = (spec) => {
  let filled = podSpec(spec, podOnly)
  const isHost = spec["hostNetwork"] === true
  for (const list of containerLists.slice(0, 2)) {
    filled = withItems(filled, list, (each) => {
      const resourced = withNested(each, "resources", requested)
      return isHost ? withItems(resourced, "ports", hostPort) : resourced
    })
  }
  return filled
}
