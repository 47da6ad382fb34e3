import type { JsonObject, JsonValue } from "../json.js"
import { type Default, withDefaults, withItems, withNested } from "./fill.js"

const servicePort: Default = (port) => {
  const typed = withDefaults(port, { protocol: "TCP" })
  const isOpen = typed["targetPort"] === 0 || typed["targetPort"] === ""
  const target = port["port"] ?? 0
  return isOpen ? { ...typed, targetPort: target } : withDefaults(typed, { targetPort: target })
}

const affinityTimeout: Default = (config) =>
  withNested(config, "clientIP", (own) => withDefaults(own, { timeoutSeconds: 10_800 }), true)

function isEmpty(selector: JsonValue | undefined): boolean {
  return selector === undefined || selector === null || Object.keys(selector).length === 0
}

/** One family; both where a headless service without selector leaves it to its author's endpoints. */
function families(spec: JsonObject): JsonObject {
  return spec["clusterIP"] === "None" && isEmpty(spec["selector"])
    ? { ipFamilies: ["IPv4", "IPv6"], ipFamilyPolicy: "RequireDualStack" }
    : { ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack" }
}

/** What the server writes into the spec of a Service; addresses and node ports are allocated elsewhere. */
export const serviceSpec: Default = (spec) => {
  let filled = withDefaults(spec, { type: "ClusterIP", sessionAffinity: "None" })
  if (filled["sessionAffinity"] === "ClientIP") {
    filled = withNested(filled, "sessionAffinityConfig", affinityTimeout, true)
  }
  const type = filled["type"]
  if (type !== "ExternalName") {
    filled = withDefaults(filled, { internalTrafficPolicy: "Cluster", ...families(filled) })
  }
  if (type === "NodePort" || type === "LoadBalancer") {
    filled = withDefaults(filled, { externalTrafficPolicy: "Cluster" })
  }
  if (type === "LoadBalancer") {
    filled = withDefaults(filled, { allocateLoadBalancerNodePorts: true })
  }
  return withItems(filled, "ports", servicePort)
}
