import { afterAll, beforeAll, expect, test } from "vitest"
import { type Bench, openBench } from "./harness.js"
import { describeKubectls } from "./kubectls.js"

const labels = "{ app: kept }"
const kept = `apiVersion: apps/v1
kind: Deployment
metadata: { name: kept }
spec:
  replicas: 2
  selector: { matchLabels: ${labels} }
  template:
    metadata: { labels: ${labels} }
    spec: { containers: [{ name: main, image: "kept:1" }] }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: kept }
spec: { minAvailable: 2, selector: { matchLabels: ${labels} } }
`
const settings = `apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { a: "1", b: "1" }
`

describeKubectls("the battery", (kubectl) => {
  let bench: Bench
  beforeAll(async () => {
    bench = await openBench(kubectl, {
      pods: { default: { startMs: 0, readyMs: 0, terminateMs: 0 } },
    })
  })
  afterAll(() => bench.close())

  test("84, 86: what was applied on the client's side is taken over with other values, and nobody else owns it", async () => {
    const { run, file } = bench
    file("settings.yaml", settings)
    await run("apply -f settings.yaml")
    file("settings.yaml", settings.replace('a: "1"', 'a: "2"'))
    expect(await run("apply --server-side -f settings.yaml")).toBe(
      "configmap/settings serverside-applied\n",
    )
    const shown = await run("get cm settings -o yaml --show-managed-fields")
    expect(shown).toContain('a: "2"')
    expect(shown).not.toContain("kubectl-client-side-apply")
    expect(await run("apply view-last-applied cm settings")).toContain('a: "2"')
  })

  test("160: who waits in vain is told so by the code", async () => {
    const { fails } = bench
    const { code, stderr } = await fails("wait --for=jsonpath={.data.a}=9 cm/settings --timeout=1s")
    expect(code).toBe(1)
    expect(stderr).toContain("timed out waiting for the condition")
  })

  test("165: a drain that a budget blocks tries again until it may", async () => {
    const { run, follow, file } = bench
    file("kept.yaml", kept)
    await run("apply -f kept.yaml")
    await run("rollout status deployment/kept --timeout=50s")
    await run("wait --for=jsonpath={.status.currentHealthy}=2 pdb/kept --timeout=50s")
    const [name = ""] = (await run("get nodes -o name")).replace("node/", "").split("\n")
    const drain = `drain ${name} --ignore-daemonsets --delete-emptydir-data --force --timeout=55s`
    const drained = follow(`${drain} -v=0`, () => false)
    await run("wait --for=jsonpath={.spec.unschedulable}=true node --all --timeout=20s")
    await run(`patch pdb kept --type=merge -p '{"spec":{"minAvailable":0}}'`)
    expect((await drained).at(-1)).toBe(`node/${name} drained`)
    expect(await run(`get pods -l app=kept --field-selector spec.nodeName=${name} -o name`)).toBe(
      "",
    )
    await run(`uncordon ${name}`)
  })
})
