import { isJsonObject, type JsonObject } from "@argo-ts/kernel"
import type { Container, Pod } from "../../workloads.js"

const probes = ["startupProbe", "livenessProbe", "readinessProbe"] as const

function faultsOf(container: Container): string | undefined {
  const { name, image, command = [], tty } = container
  const whose = `container ${JSON.stringify(name)}`
  if (command.length === 0) {
    return `${whose} names no command, and images are not run here (${image})`
  }
  if (tty === true) return `${whose} asks for a terminal (tty), which processes here do not have`
  const { lifecycle } = container as unknown as JsonObject
  if (lifecycle !== undefined && isJsonObject(lifecycle) && Object.keys(lifecycle).length > 0) {
    return `${whose} has lifecycle hooks, which are not run for processes`
  }
  const asksGrpc = probes.find((field) => "grpc" in (container[field] ?? {}))
  return asksGrpc === undefined
    ? undefined
    : `${whose} has a ${asksGrpc} that asks over gRPC, which is not supported for processes`
}

/** Why a container, or the pod it belongs to, cannot run as processes; `undefined` where it can. */
export function refusalOf({ spec }: Pod, name: string): string | undefined {
  // What was added later keeps nobody else from running.
  const added = (spec.ephemeralContainers ?? []).filter((each) => each.name === name)
  for (const container of [...(spec.initContainers ?? []), ...spec.containers, ...added]) {
    const fault = faultsOf(container)
    if (fault !== undefined) return fault
  }
  return undefined
}
