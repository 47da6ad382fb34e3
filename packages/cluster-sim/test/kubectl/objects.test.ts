import { afterAll, beforeAll, expect, test } from "vitest"
import { type Bench, openBench } from "./harness.js"
import { describeKubectls } from "./kubectls.js"

const settings = `apiVersion: v1
kind: ConfigMap
metadata: { name: settings, labels: { set: one } }
data: { a: "1" }
`
const other = settings.replace("settings", "other").replace('a: "1"', 'b: "2"')
const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.shop.example.com }
spec:
  group: shop.example.com
  scope: Namespaced
  names: { kind: Widget, plural: widgets, singular: widget, listKind: WidgetList, shortNames: [wd] }
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              size: { type: integer, description: How big it is. }
    additionalPrinterColumns: [{ name: Size, type: integer, jsonPath: .spec.size }]
`
const widget = `apiVersion: shop.example.com/v1
kind: Widget
metadata: { name: w }
spec: { size: 3 }
`

describeKubectls("objects", (kubectl) => {
  let bench: Bench
  beforeAll(async () => {
    bench = await openBench(kubectl)
  })
  afterAll(() => bench.close())

  test("create validates on the server; get prints in every form", async () => {
    const { run, fails, file } = bench
    file("settings.yaml", settings)
    expect(await run("create -f settings.yaml")).toBe("configmap/settings created\n")
    const unknown = file("unknown.yaml", `${settings.replace("settings", "u")}surplus: 1\n`)
    expect((await fails(`create -f ${unknown}`)).stderr).toContain('unknown field "surplus"')
    expect(await run("get cm settings -o name")).toBe("configmap/settings\n")
    expect(await run("get cm settings -o yaml")).toContain('data:\n  a: "1"\n')
    expect(JSON.parse(await run("get cm settings -o json"))).toMatchObject({ data: { a: "1" } })
    expect(await run("get cm settings -o 'jsonpath={.data.a}'")).toBe("1")
    expect(await run("get cm settings -o custom-columns=N:.metadata.name,A:.data.a")).toMatch(
      /^N +A\nsettings +1\n$/,
    )
    expect(await run("get cm settings -o 'go-template={{.data.a}}'")).toBe("1")
    expect(await run("get cm -l set=one --show-labels")).toMatch(/settings +1 +\S+ +set=one/)
    expect(await run("get cm --sort-by=.metadata.name --no-headers -l set=one")).toMatch(
      /^settings/,
    )
    expect(await run("get -f settings.yaml --server-print=false")).toMatch(/NAME +AGE\nsettings/)
    expect((await fails("get cm absent")).stderr).toBe(
      'Error from server (NotFound): configmaps "absent" not found\n',
    )
  })

  test("describe tells the object", async () => {
    expect(await bench.run("describe cm settings")).toContain("a:\n----\n1\n")
  })

  test("159: apply and diff on the client's side: changes once, then nothing", async () => {
    const { run, fails, file } = bench
    file("settings.yaml", settings)
    expect(await run("apply -f settings.yaml")).toBe("configmap/settings configured\n")
    expect(await run("apply -f settings.yaml")).toBe("configmap/settings unchanged\n")
    expect(await run("diff -f settings.yaml")).toBe("")
    file("settings.yaml", settings.replace('"1"', '"2"'))
    const { code, stdout } = await fails("diff -f settings.yaml")
    expect([code, stdout]).toEqual([1, expect.stringContaining('-  a: "1"\n+  a: "2"')])
    expect(await run("apply -f settings.yaml --dry-run=server")).toBe(
      "configmap/settings configured (server dry run)\n",
    )
    expect(await run("apply -f settings.yaml")).toBe("configmap/settings configured\n")
    expect(await run("apply view-last-applied cm settings")).toContain('a: "2"')
  })

  test("166: apply --prune removes what is no more among the files, apply -k builds first", async () => {
    const { run, file } = bench
    file("both.yaml", `${settings}---\n${other}`)
    await run("apply -f both.yaml -l set=one")
    file("settings.yaml", settings)
    const allow = "--prune-allowlist=core/v1/ConfigMap"
    expect(await run(`apply -f settings.yaml --prune -l set=one ${allow}`)).toContain(
      "configmap/other pruned",
    )
    file("kustomization.yaml", "resources: [settings.yaml]\nnamePrefix: k-\n")
    expect(await run("apply -k .")).toBe("configmap/k-settings created\n")
    expect(await run("delete -k .")).toContain('"k-settings" deleted')
  })

  test("86: apply --server-side keeps who owns what, migrates from the client's side, and conflicts", async () => {
    const { run, fails, file } = bench
    file("settings.yaml", settings)
    expect(await run("apply --server-side -f settings.yaml")).toBe(
      "configmap/settings serverside-applied\n",
    )
    expect(await run("get cm settings -o yaml --show-managed-fields")).toContain("manager: kubectl")
    file("theirs.yaml", settings.replace('"1"', '"9"'))
    const theirs = "apply --server-side --field-manager=else -f theirs.yaml"
    const { stderr } = await fails(theirs)
    expect(stderr).toMatch(/conflicts? with "kubectl":\s+(?:- )?\.data\.a/)
    expect(await run(`${theirs} --force-conflicts`)).toContain("serverside-applied")
    expect((await fails("diff --server-side --force-conflicts -f settings.yaml")).code).toBe(1)
  })

  test("167: edit, label, annotate, patch and replace", async () => {
    const { run, fails, file, editWith } = bench
    editWith("s/a: .*/a: edited/")
    expect(await run("edit cm settings")).toBe("configmap/settings edited\n")
    expect(await run("get cm settings -o 'jsonpath={.data.a}'")).toBe("edited")
    expect(await run("label cm settings team=x")).toBe("configmap/settings labeled\n")
    expect((await fails("label cm settings team=y")).stderr).toContain("already has a value (x)")
    expect(await run("label cm settings team-")).toBe("configmap/settings unlabeled\n")
    expect(await run("annotate cm settings note='a b'")).toMatch(
      /^configmap\/settings annotated?\n$/,
    )
    expect(await run(`patch cm settings -p '{"data":{"p":"1"}}'`)).toContain("patched")
    expect(await run(`patch cm settings -p '{"data":{"p":"1"}}'`)).toContain("(no change)")
    file("settings.yaml", settings)
    expect(await run("replace -f settings.yaml")).toBe("configmap/settings replaced\n")
    expect(await run("replace --force -f settings.yaml")).toContain("configmap/settings replaced")
  })

  test("160, 162: delete by label, with wait and without; wait for what goes", async () => {
    const { run, fails } = bench
    await run(`patch cm settings --type=merge -p '{"metadata":{"finalizers":["example.com/f"]}}'`)
    expect(await run("delete cm -l set=one --wait=false")).toContain('"settings" deleted')
    expect((await fails("wait --for=delete cm/settings --timeout=1s")).stderr).toContain(
      "timed out",
    )
    await run(`patch cm settings --type=merge -p '{"metadata":{"finalizers":null}}'`)
    await run("wait --for=delete cm/settings --timeout=20s")
    await run("delete cm settings --ignore-not-found")
  })

  test("160: get -w prints what happens, wait --for=create sees it come", async () => {
    const { run, follow } = bench
    const seen = follow("get cm -w --no-headers", (line) => line.startsWith("late"))
    const created =
      kubectl.minor >= 31 ? run("wait --for=create cm/late --timeout=20s") : "condition met"
    await new Promise((resolve) => setImmediate(resolve))
    await run("create cm early --from-literal=a=1")
    await run("create cm late --from-literal=a=1")
    expect(await created).toContain("condition met")
    const lines = await seen
    expect(lines.at(-1)).toMatch(/^late +1 /)
    await run("delete cm early late")
  })

  test("164: a definition serves its kind at once: get, explain, columns", async () => {
    const { run, fails, file } = bench
    file("definition.yaml", definition)
    file("widget.yaml", widget)
    await fails("get widgets")
    await run("apply -f definition.yaml")
    await run("wait --for=condition=Established crd/widgets.shop.example.com --timeout=20s")
    expect(await run("apply -f widget.yaml")).toBe("widget.shop.example.com/w created\n")
    expect(await run("apply -f widget.yaml")).toBe("widget.shop.example.com/w unchanged\n")
    expect(await run("get wd")).toMatch(/^NAME +SIZE\nw +3\n$/)
    expect(await run("explain widget.spec.size")).toContain("How big it is.")
    expect(await run("api-resources --api-group=shop.example.com")).toContain("widgets")
    file("widget.yaml", widget.replace("size: 3", "size: big"))
    expect((await fails("apply -f widget.yaml")).stderr).toContain("spec.size")
  })

  test("explain knows fields, recursively too; versions and resources are listed", async () => {
    const { run } = bench
    expect(await run("explain deployment.spec.replicas")).toContain("The number of pods.")
    expect(await run("explain pod.spec.containers --recursive")).toMatch(/image\t<string>/)
    expect(await run("api-versions")).toContain("apps/v1\n")
    expect(await run("api-resources --namespaced=false -o name")).toContain("nodes\n")
    expect(await run("api-resources --verbs=list --categories=all -o name")).toContain(
      "deployments.apps",
    )
  })

  test("158: who one is and what one may", async () => {
    const { run, fails } = bench
    if (kubectl.minor >= 28) {
      expect(await run("auth whoami")).toMatch(/Username +system:admin/)
    } else {
      // It asks for versions that servers no longer have.
      expect((await fails("auth whoami")).stderr).toContain("not enabled in the cluster")
    }
    expect(await run("auth can-i delete pods")).toBe("yes\n")
    expect(await run("auth can-i --list")).toMatch(/\*\.\* +\[\] +\[\] +\[\*\]/)
    await run("create sa robot")
    const token = (await run("create token robot --duration=1h")).trim()
    expect(token.split(".")).toHaveLength(3)
    const { url } = bench.served
    const as = `--kubeconfig=/dev/null --server=${url} --insecure-skip-tls-verify --token=${token}`
    expect(await run(`${as} auth can-i get pods`)).toBe("yes\n")
    if (kubectl.minor >= 28) {
      expect(await run(`${as} auth whoami -o 'jsonpath={.status.userInfo.username}'`)).toBe(
        "system:serviceaccount:default:robot",
      )
    }
    expect(await run("cluster-info")).toContain(url)
  })
})
