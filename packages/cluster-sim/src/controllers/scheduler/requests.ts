import { parseQuantity } from "@argo-ts/kernel"
import type { Container, PodSpec, ResourceList } from "../workloads.js"

/** Amounts by resource, in thousandths of the unit. */
export type Amounts = ReadonlyMap<string, number>

const anyAddress = "0.0.0.0"
const none: Amounts = new Map()
const known = new Map<string, number>()
const knownMax = 10_000

/** A quantity in thousandths; what is no quantity is nothing. */
function amountOf(text: string): number {
  const cached = known.get(text)
  if (cached !== undefined) return cached
  const parsed = parseQuantity(String(text))
  const amount = parsed.ok ? Number(parsed.value) / 1e6 : 0
  if (known.size < knownMax) known.set(text, amount)
  return amount
}

/** A list of quantities as amounts. */
export function amountsOf(list: ResourceList | undefined): Amounts {
  if (list === undefined) return none
  return new Map(Object.entries(list).map(([name, text]) => [name, amountOf(text)]))
}

function add(left: Amounts, right: Amounts): Amounts {
  if (right.size === 0) return left
  const sum = new Map(left)
  for (const [name, amount] of right) sum.set(name, (sum.get(name) ?? 0) + amount)
  return sum
}

function atLeast(left: Amounts, right: Amounts): Amounts {
  if (right.size === 0) return left
  const most = new Map(left)
  for (const [name, amount] of right) most.set(name, Math.max(most.get(name) ?? 0, amount))
  return most
}

/** What a container asks for; a limit alone is a request too. */
function requestOf({ resources }: Container): Amounts {
  if (resources === undefined) return none
  const { requests, limits } = resources
  if (requests === undefined && limits === undefined) return none
  return amountsOf({ ...limits, ...requests })
}

/**
 * What a pod needs of its node (spec/cluster §8.13): its containers and sidecars together, or any init container
 * with the sidecars before it, whichever is more; and the overhead.
 */
export function podRequests(spec: PodSpec): Amounts {
  let running: Amounts = none
  let starting: Amounts = none
  for (const container of spec.initContainers ?? []) {
    const request = requestOf(container)
    if (container.restartPolicy === "Always") running = add(running, request)
    else starting = atLeast(starting, add(running, request))
  }
  for (const container of spec.containers) running = add(running, requestOf(container))
  return add(atLeast(running, starting), amountsOf(spec.overhead))
}

/** Ports of the node itself that a pod takes: `TCP/0.0.0.0/80`. */
export function hostPorts(spec: PodSpec): readonly string[] {
  const ports: string[] = []
  for (const container of spec.containers) {
    for (const { hostPort, hostIP, protocol, containerPort } of container.ports ?? []) {
      const port = hostPort ?? (spec.hostNetwork === true ? containerPort : 0)
      if (port > 0) ports.push(`${protocol ?? "TCP"}/${hostIP ?? anyAddress}/${port}`)
    }
  }
  return ports
}

/** True where a port of a node is given already: on the same address, or on all of them. */
export function isPortTaken(port: string, taken: ReadonlySet<string>): boolean {
  if (taken.size === 0) return false
  const [protocol, address, number] = port.split("/")
  if (address !== anyAddress)
    return taken.has(port) || taken.has(`${protocol}/${anyAddress}/${number}`)
  return [...taken].some((each) => {
    const [otherProtocol, , otherNumber] = each.split("/")
    return otherProtocol === protocol && otherNumber === number
  })
}
