import {
  type Controller,
  controller,
  type ReconcileContext,
  type ReconcileResult,
} from "@argo-ts/k8s"
import {
  controllerReference,
  equalJson,
  type Kind,
  type KubernetesObject,
  matchesLabels,
  type Stored,
} from "@argo-ts/kernel"
import { builtInKind } from "@argo-ts/kernel/schemas"
import type { Node } from "../nodes/node.js"
import { pods } from "../workloads.js"
import {
  decideSlices,
  decideSubsets,
  endpointsLabels,
  isKept,
  type Service,
  type SliceContent,
  sliceLabels,
  triggerAnnotation,
  type Zones,
} from "./endpoints-decision.js"

interface EndpointSlice extends KubernetesObject, Partial<SliceContent> {
  readonly addressType: "IPv4"
}

interface Endpoints extends KubernetesObject {
  readonly subsets?: readonly object[]
}

const services = builtInKind("v1", "Service") as Kind<Service>
const endpoints = builtInKind("v1", "Endpoints") as Kind<Endpoints>
const nodes = builtInKind("v1", "Node") as Kind<Node>
const slices = builtInKind("discovery.k8s.io/v1", "EndpointSlice") as Kind<EndpointSlice>

function isSame(slice: EndpointSlice, content: SliceContent): boolean {
  const { ports = null, endpoints: found = null } = slice
  return equalJson(ports, content.ports) && equalJson(found, content.endpoints)
}

async function writeSlices(
  service: Stored<Service>,
  wanted: readonly SliceContent[],
  { cluster, clock, owned }: ReconcileContext,
): Promise<void> {
  const known = owned(slices, service).filter(
    (each) => each.metadata.deletionTimestamp === undefined,
  )
  const labels = sliceLabels(service)
  const { namespace = "", name } = service.metadata
  const free = known.filter((slice) => !wanted.some((content) => isSame(slice, content)))
  for (const slice of known) {
    if (free.includes(slice) || equalJson(slice.metadata.labels, labels)) continue
    await cluster.update(slices, { ...slice, metadata: { ...slice.metadata, labels } })
  }
  const missing = wanted.filter((content) => !known.some((slice) => isSame(slice, content)))
  for (const content of missing) {
    const slice = free.shift()
    const annotations = triggerAnnotation(clock.now())
    if (slice === undefined) {
      const ownerReferences = [controllerReference(service)]
      await cluster.create(slices, {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { namespace, generateName: `${name}-`, labels, annotations, ownerReferences },
        addressType: "IPv4",
        ...content,
      })
    } else {
      const metadata = {
        ...slice.metadata,
        labels,
        annotations: { ...slice.metadata.annotations, ...annotations },
      }
      await cluster.update(slices, { ...slice, metadata, ...content })
    }
  }
  for (const slice of free) {
    const { uid } = slice.metadata
    await cluster.delete(
      slices,
      { namespace, name: slice.metadata.name },
      { preconditions: { uid } },
    )
  }
}

async function writeEndpoints(
  service: Stored<Service>,
  wanted: readonly SliceContent[],
  { cluster, clock }: ReconcileContext,
): Promise<void> {
  const { namespace = "", name } = service.metadata
  const labels = endpointsLabels(service)
  const subsets = decideSubsets(service, wanted)
  const known = await cluster.get(endpoints, { namespace, name })
  const metadata = { namespace, name, labels, annotations: triggerAnnotation(clock.now()) }
  const base = { apiVersion: "v1", kind: "Endpoints" }
  const content = subsets.length === 0 ? {} : { subsets }
  if (known === undefined) await cluster.create(endpoints, { ...base, metadata, ...content })
  else if (
    !equalJson(known.subsets ?? [], subsets) ||
    !equalJson(known.metadata.labels ?? {}, labels)
  ) {
    const { subsets: _old, ...rest } = known
    const relabelled = { ...known.metadata, labels }
    await cluster.update(endpoints, {
      ...rest,
      metadata: relabelled,
      ...content,
    } as Stored<Endpoints>)
  }
}

/** The zones of the cluster's nodes. */
async function readZones({ cluster }: ReconcileContext): Promise<Zones> {
  const { items } = await cluster.list(nodes)
  return new Map(
    items.flatMap(({ metadata }): [string, string][] => {
      const zone = metadata.labels?.["topology.kubernetes.io/zone"]
      return zone === undefined || zone === "" ? [] : [[metadata.name, zone]]
    }),
  )
}

async function reconcileService(
  service: Stored<Service>,
  context: ReconcileContext,
): Promise<ReconcileResult> {
  const { namespace = "", deletionTimestamp } = service.metadata
  if (deletionTimestamp !== undefined || !isKept(service)) return {}
  const { selector = {} } = service.spec
  const { items } = await context.cluster.list(pods, { namespace })
  const chosen = items.filter(({ metadata }) =>
    matchesLabels({ matchLabels: selector }, metadata.labels),
  )
  const wanted = decideSlices(service, chosen, await readZones(context))
  await writeSlices(service, wanted, context)
  await writeEndpoints(service, wanted, context)
  return {}
}

/** Keeps EndpointSlices and Endpoints of services: a pod's change concerns all services of its namespace (an empty name). */
export function endpointsController(): Controller {
  return controller("cluster/endpoints", services)
    .owns(slices)
    .watches(nodes, () => [])
    .watches(pods, ({ metadata }) => [{ namespace: metadata.namespace ?? "", name: "" }])
    .reconcile(async (key, context): Promise<ReconcileResult> => {
      const { cluster } = context
      if (key.name !== "") {
        const service = await cluster.get(services, key)
        if (service !== undefined) return reconcileService(service, context)
        const { namespace = "", name } = key
        await cluster.delete(endpoints, { namespace, name })
        return {}
      }
      const { items } = await cluster.list(services, { namespace: key.namespace ?? "" })
      for (const service of items) await reconcileService(service, context)
      return {}
    })
}
