import { createVirtualClock, type VirtualClock } from "@argo-ts/kernel/clock"
import { afterAll, beforeAll, expect, test } from "vitest"
import { start } from "../world.js"
import { type Bench, openBench } from "./harness.js"
import { describeKubectls } from "./kubectls.js"

const objects = `apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data }
spec:
  accessModes: [ReadWriteOnce]
  resources: { requests: { storage: 1Gi } }
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: manual }
spec:
  accessModes: [ReadWriteOnce]
  storageClassName: ""
  resources: { requests: { storage: 2Gi } }
---
apiVersion: v1
kind: Pod
metadata: { name: user }
spec:
  containers: [{ name: main, image: "app:1", volumeMounts: [{ name: d, mountPath: /d }] }]
  volumes: [{ name: d, persistentVolumeClaim: { claimName: data } }]
---
apiVersion: v1
kind: Pod
metadata: { name: waiter }
spec:
  containers: [{ name: main, image: "app:1" }]
  volumes: [{ name: d, persistentVolumeClaim: { claimName: manual } }]
`
const volume = `apiVersion: v1
kind: PersistentVolume
metadata: { name: disk }
spec:
  capacity: { storage: 5Gi }
  accessModes: [ReadWriteOnce, ReadOnlyMany]
  hostPath: { path: /tmp/disk }
`

describeKubectls("storage", (kubectl) => {
  let bench: Bench
  let clock: VirtualClock
  beforeAll(async () => {
    clock = createVirtualClock(start)
    bench = await openBench(kubectl, { clock })
    bench.file("objects.yaml", objects)
    bench.file("volume.yaml", volume)
    await bench.run("apply -f objects.yaml")
    await clock.advance(10_000)
  })
  afterAll(() => bench.close())

  test("the class that a cluster begins with", async () => {
    expect(await bench.run("get sc")).toMatch(
      /standard \(default\) +sim\.argo-ts\.dev\/volumes +Delete +Immediate +false/,
    )
  })

  test("claims: bound by a provisioner, and waiting for a volume", async () => {
    const { run } = bench
    const text = await run("get pvc")
    expect(text).toMatch(/data +Bound +pvc-\S+ +1Gi +RWO +standard +<unset>/)
    expect(text).toMatch(/manual +Pending +<unset>/)
    const bound = await run("describe pvc data")
    expect(bound).toMatch(/Status: +Bound/)
    expect(bound).toMatch(/Finalizers: +\[kubernetes\.io\/pvc-protection\]/)
    expect(bound).toMatch(/Used By: +user/)
    expect(bound).toMatch(/Normal +ProvisioningSucceeded .*Successfully provisioned volume pvc-/)
    expect(await run("describe pvc manual")).toMatch(
      /Normal +FailedBinding .*no persistent volumes available for this claim and no storage class is set/,
    )
    expect(await run("describe pod waiter")).toMatch(
      /FailedScheduling .*0\/1 nodes are available: pod has unbound immediate PersistentVolumeClaims\./,
    )
  })

  test("a volume that is made by hand", async () => {
    const { run } = bench
    await run("apply -f volume.yaml")
    await clock.advance(10_000)
    expect(await run("get pv disk")).toMatch(/disk +5Gi +RWO,ROX +Retain +Bound +default\/manual/)
    const text = await run("describe pv disk")
    expect(text).toMatch(/Claim: +default\/manual/)
    expect(text).toMatch(/pv\.kubernetes\.io\/bound-by-controller: yes/)
    expect(
      await run("wait --for=jsonpath={.status.phase}=Bound pvc/manual --timeout=20s"),
    ).toContain("condition met")
    expect(await run("get pod waiter")).toMatch(/waiter +1\/1 +Running/)
  })

  test("what is in use goes later", async () => {
    const { run } = bench
    const name = (await run("get pvc data -o jsonpath={.spec.volumeName}")).trim()
    await run("delete pvc data --wait=false")
    await clock.advance(60_000)
    expect(await run("get pvc data")).toMatch(/data +Terminating/)
    await run("delete pod user --now --wait=false")
    await clock.advance(60_000)
    expect(await run("get pvc data --ignore-not-found")).toBe("")
    expect(await run(`get pv ${name} --ignore-not-found`)).toBe("")
  })
})
