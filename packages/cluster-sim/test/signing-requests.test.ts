import type { JsonObject, Kind, KubernetesObject } from "@argo-ts/kernel"
import { epochMs } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { expect, test } from "vitest"
import { createClusterSim } from "../src/index.js"

interface Loose extends KubernetesObject {
  readonly spec?: JsonObject
  readonly status?: JsonObject
  readonly webhooks?: readonly JsonObject[]
}

const requests = builtInKind("certificates.k8s.io/v1", "CertificateSigningRequest") as Kind<Loose>
const webhooks = builtInKind(
  "admissionregistration.k8s.io/v1",
  "ValidatingWebhookConfiguration",
) as Kind<Loose>
const start = epochMs(1_767_225_600_000)
const pem = "-----BEGIN CERTIFICATE REQUEST-----\nMIH\n-----END CERTIFICATE REQUEST-----\n"

function request(name: string, spec: JsonObject = {}): Loose {
  return {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata: { name },
    spec: {
      request: Buffer.from(pem).toString("base64"),
      signerName: "kubernetes.io/kube-apiserver-client",
      usages: ["client auth"],
      ...spec,
    },
  }
}

test("a request says who made it, and is approved once", async () => {
  const clock = createVirtualClock(start)
  const sim = createClusterSim({ clock })
  const jane = sim.as({ username: "jane", groups: ["system:masters"] })
  const made = await jane.create(requests, request("a", { username: "somebody", groups: ["x"] }))
  expect(made.spec).toMatchObject({
    username: "jane",
    groups: ["system:masters", "system:authenticated"],
  })
  await clock.advance(5_000)
  const approved = { type: "Approved", status: "True", reason: "Mine", message: "yes" }
  const changed = { ...made, spec: {}, status: { conditions: [approved], certificate: "aGk=" } }
  const after = await jane.update(requests, changed as Loose, { subresource: "approval" })
  const at = "2026-01-01T00:00:05Z"
  expect(after.spec).toEqual(made.spec)
  expect(after.status).toEqual({
    conditions: [{ ...approved, lastUpdateTime: at, lastTransitionTime: at }],
  })
  const denied = { type: "Denied", status: "True" }
  const both = jane.patch(
    requests,
    { name: "a" },
    { type: "merge", patch: { status: { conditions: [approved, denied] } } },
    { subresource: "approval" },
  )
  await expect(both).rejects.toThrow("mutually exclusive")
  const taken = jane.patch(
    requests,
    { name: "a" },
    { type: "merge", patch: { status: { conditions: [] } } },
    { subresource: "approval" },
  )
  await expect(taken).rejects.toThrow('may not remove a condition of type "Approved"')
  // Who asks for something else has to ask anew.
  const moved = await jane.patch(
    requests,
    { name: "a" },
    { type: "merge", patch: { spec: { usages: ["server auth"] } } },
  )
  expect(moved.spec).toEqual(made.spec)
  await sim.close()
})

test("what is no request is refused", async () => {
  const sim = createClusterSim({ clock: createVirtualClock(start) })
  const bad = { request: "aGk=", signerName: "me", usages: [] }
  await expect(sim.cluster.create(requests, request("a", bad))).rejects.toThrow(
    /spec\.request.*spec\.usages.*spec\.signerName/s,
  )
  await sim.close()
})

test("webhooks are kept with their defaults, and whoever writes them is told that they are not asked", async () => {
  const sim = createClusterSim({ clock: createVirtualClock(start) })
  const warnings: string[] = []
  const hook = {
    name: "a.example.com",
    clientConfig: { service: { namespace: "n", name: "s" } },
    admissionReviewVersions: ["v1"],
    sideEffects: "None",
    rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
  }
  const object = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name: "w" },
    webhooks: [hook],
  }
  const made = await sim.cluster.create(webhooks, object as Loose, {
    onWarning: (text) => void warnings.push(text),
  })
  expect(warnings.join()).toContain("are kept and not asked here")
  expect(made.webhooks).toEqual([
    {
      ...hook,
      clientConfig: { service: { namespace: "n", name: "s", port: 443 } },
      rules: [{ ...hook.rules[0], scope: "*" }],
      failurePolicy: "Fail",
      matchPolicy: "Equivalent",
      namespaceSelector: {},
      objectSelector: {},
      timeoutSeconds: 10,
    },
  ])
  expect(made.metadata.generation).toBe(1)
  const patch = { webhooks: [{ name: "a.example.com", failurePolicy: "Ignore" }] }
  const patched = await sim.cluster.patch(webhooks, { name: "w" }, { type: "strategic", patch })
  expect(patched.metadata.generation).toBe(2)
  expect(patched.webhooks).toMatchObject([{ failurePolicy: "Ignore", sideEffects: "None" }])
  await sim.close()
})
