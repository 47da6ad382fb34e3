import { afterAll, beforeAll, expect, test } from "vitest"
import { type Bench, openBench } from "./harness.js"
import { describeKubectls } from "./kubectls.js"

describeKubectls("basics", (kubectl) => {
  let bench: Bench
  beforeAll(async () => {
    bench = await openBench(kubectl)
  })
  afterAll(() => bench.close())

  const run = (...args: readonly string[]): Promise<string> => bench.runWords(args)
  const file = (name: string, text: string): string => bench.file(name, text)

  const deployment = (image: string): string => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: shop, labels: { app: shop } }
spec:
  replicas: 2
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec: { containers: [{ name: shop, image: "${image}" }] }
`

  test("knows the server and what it serves", async () => {
    expect(await run("version", "-o", "json")).toMatch(
      /"serverVersion": \{[^}]*"gitVersion": "v1\.32/,
    )
    expect(await run("api-resources")).toMatch(/deployments +deploy +apps\/v1 +true +Deployment/)
    expect(await run("api-versions")).toContain("apps/v1")
    expect(await run("get", "namespaces")).toMatch(/NAME +STATUS +AGE\ndefault +Active/)
    expect(await run("auth", "can-i", "create", "pods")).toBe("yes\n")
  })

  test("158: creates from a command line, with bodies that are no JSON", async () => {
    await run("create", "configmap", "settings", "--from-literal=a=1")
    await run("create", "secret", "generic", "token", "--from-literal=value=s3cret")
    await run("create", "namespace", "other")
    expect(await run("get", "configmap", "settings", "-o", "jsonpath={.data.a}")).toBe("1")
    expect(await run("get", "secret", "token", "-o", "jsonpath={.data.value}")).toBe("czNjcmV0")
    expect(await run("get", "configmap", "settings")).toMatch(/NAME +DATA +AGE\nsettings +1 /)
  })

  test("161: applies on the client's side, shows, scales, and rolls out and back", async () => {
    await run("apply", "-f", file("shop.yaml", deployment("shop:1")))
    await run("rollout", "status", "deployment/shop", "--timeout=50s")
    expect(await run("get", "deployment", "shop")).toMatch(/shop +2\/2 +2 +2 /)
    expect(await run("get", "deploy", "shop", "-o", "wide")).toMatch(/shop:1 +app=shop/)
    expect(await run("get", "pods", "-l", "app=shop", "-o", "name")).toMatch(
      /^(pod\/shop-.+\n){2}$/,
    )
    expect(await run("describe", "deployment", "shop")).toMatch(/Image: +shop:1\n/)
    await run("scale", "deployment/shop", "--replicas=3")
    expect(await run("get", "deployment", "shop", "-o", "jsonpath={.spec.replicas}")).toBe("3")
    expect(await run("apply", "-f", file("shop.yaml", deployment("shop:2")))).toBe(
      "deployment.apps/shop configured\n",
    )
    await run("rollout", "status", "deployment/shop", "--timeout=50s")
    expect(await run("rollout", "history", "deployment/shop")).toMatch(/1 +<none>\n2 +<none>/)
    await run("rollout", "undo", "deployment/shop")
    await run("rollout", "status", "deployment/shop", "--timeout=50s")
    const image = "jsonpath={.spec.template.spec.containers[0].image}"
    expect(await run("get", "deployment", "shop", "-o", image)).toBe("shop:1")
  })

  test("applies on the server's side, compares, patches in three languages, labels and annotates", async () => {
    const manifest = `
apiVersion: v1
kind: ConfigMap
metadata: { name: served }
data: { k: v }
`
    expect(await run("apply", "--server-side", "-f", file("served.yaml", manifest))).toBe(
      "configmap/served serverside-applied\n",
    )
    const changed = file("changed.yaml", manifest.replace("k: v", "k: w"))
    const difference = await run("diff", "--server-side", "-f", changed).catch(
      (error: { readonly stdout: string }) => error.stdout,
    )
    expect(difference).toContain("+  k: w")
    await run("patch", "configmap", "served", "--type=merge", "-p", '{"data":{"m":"1"}}')
    await run(
      "patch",
      "configmap",
      "served",
      "--type=json",
      "-p",
      '[{"op":"add","path":"/data/j","value":"2"}]',
    )
    await run("patch", "configmap", "served", "-p", '{"data":{"s":"3"}}')
    await run("label", "configmap", "served", "team=a")
    await run("annotate", "configmap", "served", "note=yes")
    const shown = JSON.parse(await run("get", "configmap", "served", "-o", "json")) as {
      readonly data: unknown
      readonly metadata: {
        readonly labels: unknown
        readonly annotations: { readonly note: string }
      }
    }
    expect(shown.data).toEqual({ k: "v", m: "1", j: "2", s: "3" })
    expect(shown.metadata).toMatchObject({ labels: { team: "a" }, annotations: { note: "yes" } })
  })

  test("replaces, exposes, runs, waits and deletes", async () => {
    await run(
      "replace",
      "-f",
      file(
        "served.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: served }\ndata: { only: this }",
      ),
    )
    expect(await run("get", "configmap", "served", "-o", "jsonpath={.data}")).toBe(
      '{"only":"this"}',
    )
    await run("expose", "deployment", "shop", "--port=80")
    expect(await run("get", "service", "shop")).toMatch(/shop +ClusterIP .* 80\/TCP/)
    await run("run", "once", "--image=busybox")
    await run("wait", "--for=condition=Ready", "pod/once", "--timeout=50s")
    await run("delete", "pod", "once", "--wait=true")
    expect(await run("get", "pods", "once", "--ignore-not-found")).toBe("")
    await run("delete", "deployment", "shop", "--cascade=foreground", "--timeout=50s")
    expect(await run("get", "replicasets", "-l", "app=shop", "-o", "name")).toBe("")
    await expect(run("get", "deployment", "shop")).rejects.toMatchObject({
      stderr: expect.stringContaining('deployments.apps "shop" not found'),
    })
  })
})
