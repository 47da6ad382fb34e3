import { describe, expect, test } from "vitest"
import type { Pod, PodSpec } from "../workloads.js"
import type { Labels, NodeView } from "./node-view.js"
import { placePod } from "./placement.js"
import { amountsOf, hostPorts, podRequests } from "./requests.js"

function node(name: string, more: Partial<NodeView> = {}): NodeView {
  return {
    name,
    labels: { "kubernetes.io/hostname": name },
    isCordoned: false,
    taints: [],
    allocatable: amountsOf({ cpu: "2", memory: "4Gi", pods: "3" }),
    used: new Map(),
    podCount: 0,
    ports: new Set(),
    neighbours: [],
    ...more,
  }
}

const namespaces = new Map<string, Labels>([["market", { team: "shop" }]])

function place(spec: Partial<PodSpec>, nodes: readonly NodeView[], hasAntiAffinity = false) {
  const full = { containers: [{ name: "main", image: "app" }], ...spec } as PodSpec
  const metadata = { namespace: "shop", name: "web", labels: { app: "web" } }
  const pod = { apiVersion: "v1", kind: "Pod", metadata, spec: full } as Pod
  const demand = { pod, requests: podRequests(full), ports: hostPorts(full) }
  const labelsOf = (namespace: string): Labels | undefined => namespaces.get(namespace)
  return placePod(demand, { nodes, hasAntiAffinity, labelsOf })
}

function asking(cpu: string): Partial<PodSpec> {
  return { containers: [{ name: "main", image: "app", resources: { requests: { cpu } } }] }
}

describe("placing a pod", () => {
  test("takes the node with most left, then with fewest pods, then the first", () => {
    const used = amountsOf({ cpu: "1" })
    expect(place({}, [node("a", { used }), node("b")])).toEqual({ type: "Fit", node: "b" })
    expect(place({}, [node("a", { podCount: 1 }), node("b")])).toEqual({ type: "Fit", node: "b" })
    expect(place({}, [node("a"), node("b")])).toEqual({ type: "Fit", node: "a" })
  })

  test("names every reason with its count, and whom preemption would help", () => {
    const taints = [{ key: "gpu", value: "yes", effect: "NoSchedule" as const }]
    const nodes = [
      node("a", { isCordoned: true }),
      node("b", { taints }),
      node("c"),
      node("d", { podCount: 3 }),
    ]
    expect(place(asking("3"), nodes)).toEqual({
      type: "Unschedulable",
      message:
        "0/4 nodes are available: 1 Too many pods, 1 node(s) had untolerated taint {gpu: yes}, 1 node(s) were unschedulable, 2 Insufficient cpu. preemption: 0/4 nodes are available: 2 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling.",
    })
    expect(place({}, [])).toMatchObject({ message: "no nodes available to schedule pods" })
  })

  test("heeds node selectors, required and preferred affinity", () => {
    const nodes = [node("a", { labels: { zone: "one" } }), node("b", { labels: { zone: "two" } })]
    expect(place({ nodeSelector: { zone: "two" } }, nodes)).toEqual({ type: "Fit", node: "b" })
    const pinned = {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            {
              matchFields: [{ key: "metadata.name", operator: "In" as const, values: ["b"] }],
            },
          ],
        },
      },
    }
    expect(place({ affinity: pinned }, nodes)).toEqual({ type: "Fit", node: "b" })
    const preference = {
      matchExpressions: [{ key: "zone", operator: "NotIn" as const, values: ["one"] }],
    }
    const preferred = {
      nodeAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 5, preference }],
      },
    }
    expect(place({ affinity: preferred }, nodes)).toEqual({ type: "Fit", node: "b" })
    expect(place({ nodeSelector: { zone: "three" } }, nodes)).toMatchObject({
      message: expect.stringContaining("2 node(s) didn't match Pod's node affinity/selector"),
    })
  })

  test("tolerations open tainted nodes; PreferNoSchedule is a last resort", () => {
    const taint = { key: "gpu", value: "yes", effect: "NoSchedule" as const }
    const tolerations = [{ key: "gpu", operator: "Exists" as const }]
    expect(place({ tolerations }, [node("a", { taints: [taint] })])).toMatchObject({ node: "a" })
    const avoided = node("a", { taints: [{ ...taint, effect: "PreferNoSchedule" }] })
    expect(place({}, [avoided, node("b", { podCount: 2 })])).toMatchObject({ node: "b" })
    expect(place({}, [avoided])).toMatchObject({ node: "a" })
  })

  test("keeps pods apart and together", () => {
    const labelSelector = { matchLabels: { app: "web" } }
    const term = { topologyKey: "kubernetes.io/hostname", labelSelector }
    const required = { requiredDuringSchedulingIgnoredDuringExecution: [term] }
    const twin = { namespace: "shop", labels: { app: "web" }, antiAffinity: [], isGoing: false }
    const nodes = [node("a", { neighbours: [twin] }), node("b", { podCount: 1 })]
    expect(place({ affinity: { podAntiAffinity: required } }, nodes)).toMatchObject({ node: "b" })
    expect(place({ affinity: { podAffinity: required } }, nodes)).toMatchObject({ node: "a" })
    expect(place({ affinity: { podAffinity: required } }, [node("b")])).toMatchObject({ node: "b" })
    const loner = node("a", { neighbours: [{ ...twin, antiAffinity: [term] }] })
    expect(place({}, [loner], true)).toMatchObject({
      message: expect.stringContaining("existing pods anti-affinity"),
    })
  })

  test("knows neighbours by their namespaces' labels, and by all terms together", () => {
    const labelSelector = { matchLabels: { app: "web" } }
    const term = { topologyKey: "kubernetes.io/hostname", labelSelector }
    const abroad = { namespace: "market", labels: { app: "web" }, antiAffinity: [], isGoing: false }
    const nodes = [node("a", { neighbours: [abroad] }), node("b", { podCount: 1 })]
    const apart = (more: object) => ({
      podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ ...term, ...more }] },
    })
    expect(place({ affinity: apart({}) }, nodes)).toMatchObject({ node: "a" })
    const ofTeam = (team: string) => apart({ namespaceSelector: { matchLabels: { team } } })
    expect(place({ affinity: ofTeam("shop") }, nodes)).toMatchObject({ node: "b" })
    expect(place({ affinity: ofTeam("other") }, nodes)).toMatchObject({ node: "a" })
    expect(place({ affinity: apart({ namespaceSelector: {} }) }, nodes)).toMatchObject({
      node: "b",
    })
    const other = { ...term, labelSelector: { matchLabels: { tier: "front" } } }
    const near = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term, other] } }
    const half = { ...abroad, namespace: "shop" }
    const whole = { ...half, labels: { app: "web", tier: "front" } }
    const unmet = "1 node(s) didn't match pod affinity rules"
    expect(place({ affinity: near }, [node("a", { neighbours: [half] })])).toMatchObject({
      message: expect.stringContaining(unmet),
    })
    expect(place({ affinity: near }, [node("a", { neighbours: [whole] })])).toMatchObject({
      node: "a",
    })
  })

  test("a port on every address is one on each", () => {
    const on = (hostIP?: string): Partial<PodSpec> => {
      const port = { containerPort: 80, hostPort: 80, ...(hostIP === undefined ? {} : { hostIP }) }
      return { containers: [{ name: "main", image: "app", ports: [port] }] }
    }
    const [all, one] = [on(), on("127.0.0.1")].map((spec) =>
      node("a", { ports: new Set(hostPorts(spec as PodSpec)) }),
    ) as [NodeView, NodeView]
    expect(place(on("127.0.0.1"), [all]).type).toBe("Unschedulable")
    expect(place(on(), [one]).type).toBe("Unschedulable")
    expect(place(on("127.0.0.2"), [one]).type).toBe("Fit")
  })

  test("a port of the node is given once", () => {
    const ports = [{ containerPort: 80, hostPort: 80 }]
    const containers = [{ name: "main", image: "app", ports }]
    const taken = node("a", { ports: new Set(["TCP/0.0.0.0/80"]) })
    expect(place({ containers }, [taken])).toMatchObject({
      message: expect.stringContaining("didn't have free ports for the requested pod ports"),
    })
  })
})

test("a pod asks for its containers, or for an init container with the sidecars before it", () => {
  const container = (cpu: string, more: object = {}) => ({
    name: cpu,
    image: "app",
    resources: { requests: { cpu } },
    ...more,
  })
  const spec = {
    initContainers: [container("100m", { restartPolicy: "Always" }), container("900m")],
    containers: [container("300m"), container("200m")],
    overhead: { cpu: "10m" },
  } as unknown as PodSpec
  expect(podRequests(spec).get("cpu")).toBe(1010)
  expect(podRequests({ ...spec, initContainers: [] }).get("cpu")).toBe(510)
})
