import type { JsonObject } from "@argo-ts/kernel"
import type { Cells } from "./printers.js"
import { at, listAt, textAt } from "./reading.js"

/** The cells of a node. */
export function nodeCells(node: JsonObject): Cells {
  const labels = Object.entries((at(node, "metadata", "labels") ?? {}) as JsonObject)
  const roles = labels.flatMap(([key, value]) => {
    if (key.startsWith("node-role.kubernetes.io/"))
      return [key.slice("node-role.kubernetes.io/".length)]
    return key === "kubernetes.io/role" ? [String(value)] : []
  })
  const ready = listAt(node, "status", "conditions").find((each) => each["type"] === "Ready")
  const state = ready === undefined ? "Unknown" : ready["status"] === "True" ? "Ready" : "NotReady"
  const address = (type: string): string =>
    textAt(
      listAt(node, "status", "addresses").find((each) => each["type"] === type),
      ["address"],
      "<none>",
    )
  const info = (name: string): string => textAt(node, ["status", "nodeInfo", name], "<unknown>")
  return {
    Status: state + (at(node, "spec", "unschedulable") === true ? ",SchedulingDisabled" : ""),
    Roles: roles.toSorted().join(",") || "<none>",
    Version: textAt(node, ["status", "nodeInfo", "kubeletVersion"]),
    "Internal-IP": address("InternalIP"),
    "External-IP": address("ExternalIP"),
    "OS-Image": info("osImage"),
    "Kernel-Version": info("kernelVersion"),
    "Container-Runtime": info("containerRuntimeVersion"),
  }
}
