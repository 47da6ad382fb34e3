import { compareText, type EpochMs, formatInstant, type KubernetesObject } from "@argo-ts/kernel"
import { isFinished, type Pod, readySince } from "../workloads.js"

/** `spec.ports[]` of a service. */
export interface ServicePort {
  readonly name?: string
  readonly protocol?: string
  readonly port: number
  readonly targetPort?: number | string
  readonly appProtocol?: string
}

/** A service. */
export interface Service extends KubernetesObject {
  readonly spec: {
    readonly type?: string
    readonly clusterIP?: string
    readonly selector?: { readonly [label: string]: string }
    readonly ports?: readonly ServicePort[]
    readonly publishNotReadyAddresses?: boolean
  }
}

/** One port of a slice. */
export interface EndpointPort {
  readonly name: string
  readonly port: number
  readonly protocol: string
  readonly appProtocol?: string
}

/** One address of a slice. */
export interface Endpoint {
  readonly addresses: readonly string[]
  readonly conditions: {
    readonly ready: boolean
    readonly serving: boolean
    readonly terminating: boolean
  }
  readonly hostname?: string
  readonly nodeName?: string
  /** Of its node. */
  readonly zone?: string
  readonly targetRef: {
    readonly kind: "Pod"
    readonly namespace: string
    readonly name: string
    readonly uid: string
  }
}

/** The content of a slice. */
export interface SliceContent {
  readonly ports: readonly EndpointPort[] | null
  readonly endpoints: readonly Endpoint[] | null
}

const endpointsMax = 100

/** The number behind a port's target in one pod; absent where the pod has no port of that name. */
function targetOf(
  { targetPort, port, protocol = "TCP" }: ServicePort,
  pod: Pod,
): number | undefined {
  if (targetPort === undefined) return port
  if (typeof targetPort === "number") return targetPort
  for (const container of pod.spec.containers) {
    for (const each of container.ports ?? []) {
      if (each.name === targetPort && (each.protocol ?? "TCP") === protocol) {
        return each.containerPort
      }
    }
  }
  return undefined
}

function portsOf(service: Service, pod: Pod): readonly EndpointPort[] {
  return (service.spec.ports ?? []).flatMap((each) => {
    const port = targetOf(each, pod)
    if (port === undefined) return []
    const { name = "", protocol = "TCP", appProtocol } = each
    return [{ name, port, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }]
  })
}

/** The zones of nodes that are in one, by the names of the nodes. */
export type Zones = ReadonlyMap<string, string>

function endpointOf(service: Service, pod: Pod, zones: Zones): Endpoint | undefined {
  const address = pod.status?.podIP
  if (address === undefined || isFinished(pod)) return undefined
  const { namespace = "", name = "", uid = "", deletionTimestamp } = pod.metadata
  const terminating = deletionTimestamp !== undefined
  const serving = readySince(pod) !== undefined
  const published = service.spec.publishNotReadyAddresses === true
  const { hostname, subdomain, nodeName } = pod.spec
  const zone = zones.get(nodeName ?? "")
  const isNamed = hostname !== undefined && subdomain === service.metadata.name
  return {
    addresses: [address],
    conditions: { ready: published || (serving && !terminating), serving, terminating },
    ...(isNamed ? { hostname } : {}),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(zone === undefined ? {} : { zone }),
    targetRef: { kind: "Pod", namespace, name, uid },
  }
}

/** True for a service whose endpoints the cluster keeps. */
export function isKept(service: Service): boolean {
  return service.spec.selector !== undefined && service.spec.type !== "ExternalName"
}

/**
 * What the slices of a service hold (spec/cluster §8.7): pods with an address, grouped by the numbers of their
 * ports, at most 100 a slice; one placeholder where there are none.
 */
export function decideSlices(
  service: Service,
  pods: readonly Pod[],
  zones: Zones,
): readonly SliceContent[] {
  const groups = new Map<string, { ports: readonly EndpointPort[]; endpoints: Endpoint[] }>()
  const sorted = pods.toSorted((left, right) =>
    compareText(left.metadata.name ?? "", right.metadata.name ?? ""),
  )
  for (const pod of sorted) {
    const endpoint = endpointOf(service, pod, zones)
    if (endpoint === undefined) continue
    const ports = portsOf(service, pod)
    const key = JSON.stringify(ports)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { ports, endpoints: [endpoint] })
    else group.endpoints.push(endpoint)
  }
  if (groups.size === 0) return [{ ports: null, endpoints: null }]
  return [...groups.values()].flatMap(({ ports, endpoints }) =>
    Array.from({ length: Math.ceil(endpoints.length / endpointsMax) }, (_each, index) => ({
      ports,
      endpoints: endpoints.slice(index * endpointsMax, (index + 1) * endpointsMax),
    })),
  )
}

function isHeadless({ spec }: Service): boolean {
  return spec.clusterIP === "None"
}

/** The subsets of the older Endpoints object: of pods that have a port of the service, or of one without ports. */
export function decideSubsets(
  service: Service,
  slices: readonly SliceContent[],
): readonly object[] {
  const isPortless = isHeadless(service) && (service.spec.ports ?? []).length === 0
  return slices.flatMap(({ ports, endpoints }) => {
    if (endpoints === null) return []
    if ((ports ?? []).length === 0 && !isPortless) return []
    const toAddress = ({ addresses, nodeName, targetRef, hostname }: Endpoint): object => ({
      ip: addresses[0],
      ...(hostname === undefined ? {} : { hostname }),
      ...(nodeName === undefined ? {} : { nodeName }),
      targetRef,
    })
    const going = ({ conditions }: Endpoint): boolean => conditions.terminating && !conditions.ready
    const ready = endpoints.filter(({ conditions }) => conditions.ready).map(toAddress)
    const unready = endpoints
      .filter((each) => !each.conditions.ready && !going(each))
      .map(toAddress)
    if (ready.length + unready.length === 0) return []
    return [
      {
        ...(ready.length > 0 ? { addresses: ready } : {}),
        ...(unready.length > 0 ? { notReadyAddresses: unready } : {}),
        ...(isPortless
          ? {}
          : {
              ports: (ports ?? []).map(({ name, ...port }) =>
                name === "" ? port : { name, ...port },
              ),
            }),
      },
    ]
  })
}

/** Labels of a service's Endpoints. */
export function endpointsLabels(service: Service): { readonly [label: string]: string } {
  const headless = isHeadless(service) ? { "service.kubernetes.io/headless": "" } : {}
  return { ...service.metadata.labels, ...headless }
}

/** Labels of a service's slices. */
export function sliceLabels(service: Service): { readonly [label: string]: string } {
  return {
    ...endpointsLabels(service),
    "kubernetes.io/service-name": service.metadata.name ?? "",
    "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
  }
}

/** The annotation with the instant of the change that led to a write. */
export function triggerAnnotation(now: EpochMs): { readonly [name: string]: string } {
  return { "endpoints.kubernetes.io/last-change-trigger-time": formatInstant(now) }
}
