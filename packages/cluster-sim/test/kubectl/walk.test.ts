import { afterAll, beforeAll, expect, test } from "vitest"
import { type Bench, openBench } from "./harness.js"
import { describeOtherKubectls } from "./kubectls.js"

const settings = `apiVersion: v1
kind: ConfigMap
metadata: { name: settings, labels: { set: one } }
data: { a: "1" }
`
const other = settings.replace("settings", "other")
const web = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, labels: { app: web } }
spec:
  replicas: 1
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "web:1", ports: [{ containerPort: 80 }] }] }
`
const reader = `apiVersion: v1
kind: Pod
metadata: { name: reader }
spec:
  restartPolicy: Never
  containers: [{ name: main, image: none, stdin: true, command: [sh, -c, "echo up; cat; exec sleep 1000"] }]
`

describeOtherKubectls("a walk through the commands", (kubectl) => {
  let bench: Bench
  beforeAll(async () => {
    const quick = { startMs: 0, readyMs: 0, terminateMs: 0 }
    const talks = { ...quick, exitMs: 1500, logs: ["up", { atMs: 500, text: "down" }] }
    const rules = [
      { image: "talker", behavior: talks },
      { hasCommand: true, behavior: { run: "process" as const } },
    ]
    bench = await openBench(kubectl, { pods: { default: quick, rules }, processes: {} })
    const files = { "settings.yaml": settings, "web.yaml": web, "reader.yaml": reader }
    for (const [name, text] of Object.entries(files)) bench.file(name, text)
    bench.file("both.yaml", `${settings}---\n${other}`)
    bench.file("kustomization.yaml", "resources: [settings.yaml]\nnamePrefix: k-\n")
  })
  afterAll(() => bench.close())

  test("get, in every form", async () => {
    const { run } = bench
    await run("create -f settings.yaml")
    const get = "get cm settings -o"
    expect(await run("get cm settings")).toMatch(/NAME +DATA +AGE\nsettings +1 +\d+s/)
    expect(await run(`${get} wide`)).toMatch(/settings +1 /)
    expect(await run(`${get} name`)).toBe("configmap/settings\n")
    expect(await run(`${get} yaml`)).toContain('data:\n  a: "1"\n')
    expect(JSON.parse(await run(`${get} json`))).toMatchObject({ data: { a: "1" } })
    expect(await run(`${get} jsonpath={.data.a}`)).toBe("1")
    expect(await run(`${get} go-template={{.data.a}}`)).toBe("1")
    expect(await run(`${get} custom-columns=N:.metadata.name`)).toBe("N\nsettings\n")
    expect(await run("get cm -l set=one --sort-by=.metadata.name --show-labels")).toMatch(/set=one/)
    expect(await run("get ns,cm -A")).toMatch(/namespace\/default +Active/)
  })

  test("apply on both sides, with prune and kustomizations; diff", async () => {
    const { run, fails, file } = bench
    await run("apply -f both.yaml -l set=one")
    expect(await run("apply -f both.yaml -l set=one")).toContain("configmap/other unchanged\n")
    const allow = "--prune-allowlist=core/v1/ConfigMap"
    expect(await run(`apply -f settings.yaml --prune -l set=one ${allow}`)).toContain(
      "configmap/other pruned",
    )
    file("changed.yaml", settings.replace('"1"', '"2"'))
    const { code, stdout } = await fails("diff -f changed.yaml")
    expect([code, stdout]).toEqual([1, expect.stringContaining('-  a: "1"\n+  a: "2"')])
    expect(await run("apply --server-side -f changed.yaml")).toContain("serverside-applied")
    const theirs = "apply --server-side --field-manager=else -f settings.yaml"
    expect((await fails(theirs)).stderr).toMatch(/conflicts? with "kubectl"/)
    expect(await run("apply -k .")).toBe("configmap/k-settings created\n")
    const unknown = file("unknown.yaml", `${settings.replace("settings", "u")}surplus: 1\n`)
    expect((await fails(`apply -f ${unknown}`)).stderr).toContain('unknown field "surplus"')
  })

  test("patch, label, annotate, edit, replace, delete", async () => {
    const { run, editWith } = bench
    const patch = "patch cm settings"
    await run(`${patch} --type=merge -p '{"data":{"m":"1"}}'`)
    await run(`${patch} --type=json -p '[{"op":"add","path":"/data/j","value":"2"}]'`)
    await run(`${patch} -p '{"data":{"s":"3"}}'`)
    await run("label cm settings team=x")
    await run("annotate cm settings note=y")
    editWith("s/a: .*/a: edited/")
    await run("edit cm settings")
    const { data, metadata } = JSON.parse(await run("get cm settings -o json"))
    expect(data).toEqual({ a: "edited", m: "1", j: "2", s: "3" })
    expect(metadata).toMatchObject({ labels: { team: "x" }, annotations: { note: "y" } })
    expect(await run("replace -f settings.yaml")).toBe("configmap/settings replaced\n")
    await run("delete cm settings k-settings")
    expect(await run("get cm settings --ignore-not-found")).toBe("")
  })

  test("typed create, run, wait, describe, events, watch", async () => {
    const { run, follow } = bench
    const seen = follow("get pods -w --no-headers", (line) => line.includes("Running"))
    for (const line of [
      "cm c --from-literal=a=1",
      "secret generic s --from-literal=a=1",
      "sa robot",
      "ingress g --rule=a.example.com/*=v:80",
      "job j --image=i --dry-run=server -- sh",
      "cronjob k --image=i --schedule='* * 1 1 *' -- sh",
      "quota q --hard=pods=10",
      "role r --verb=get --resource=pods",
      "rolebinding b --role=r --user=u",
    ]) {
      expect(await run(`create ${line}`)).toMatch(/ created/)
    }
    expect((await run("create token robot")).split(".")).toHaveLength(3)
    await run("run one --image=busybox")
    await run("wait --for=condition=Ready pod/one --timeout=50s")
    expect((await seen).at(-1)).toMatch(/^one +\d\/1 +Running/)
    expect(await run("describe pod one")).toMatch(/Normal +Scheduled /)
    expect(await run("events --for pod/one")).toContain("Scheduled")
    expect(await run("top pod one --no-headers")).toMatch(/^one +\d+m +\d+Mi/)
    expect(await run("describe cm c")).toContain("a:\n----\n1\n")
  })

  test("a Deployment from its rollout to its end", async () => {
    const { run } = bench
    const done = "rollout status deployment/web --timeout=50s"
    await run("apply -f web.yaml")
    expect(await run(done)).toContain("successfully rolled out")
    await run("rollout pause deployment/web")
    await run("set image deployment/web web=web:2")
    await run("set env deployment/web A=1")
    await run("rollout resume deployment/web")
    await run(done)
    await run("rollout restart deployment/web")
    await run(done)
    expect(await run("rollout history deployment/web")).toMatch(/\n2 +<none>\n3 +<none>\n/)
    await run("rollout undo deployment/web --to-revision=1")
    await run("scale deployment/web --replicas=2 --current-replicas=1")
    expect(await run("get deployment web -o wide")).toMatch(/web +\d\/2 .* web +web:1 +app=web/)
    await run("autoscale deployment/web --min=1 --max=3 --cpu-percent=50")
    expect(await run("describe hpa web")).toMatch(/Max replicas: +3/)
    await run("expose deployment web --port=80")
    expect(await run("get svc web")).toMatch(/ClusterIP .* 80\/TCP/)
    expect(await run("describe deployment web")).toMatch(/Image: +web:1/)
    await run("delete deployment web --cascade=foreground --timeout=50s")
    expect(await run("get rs -l app=web -o name")).toBe("")
  })

  test("what there is, and what one may", async () => {
    const { run } = bench
    expect(await run("api-resources")).toMatch(/deployments +deploy +apps\/v1 +true +Deployment/)
    expect(await run("api-versions")).toContain("apps/v1\n")
    expect(await run("explain deployment.spec.replicas")).toContain("The number of pods.")
    expect(await run("explain pod.spec.containers --recursive")).toMatch(/image\s+<string>/)
    expect(await run("auth can-i delete pods")).toBe("yes\n")
    expect(await run("auth can-i --list")).toMatch(/\*\.\* +\[\] +\[\] +\[\*\]/)
    expect(await run("version -o json")).toContain('"serverVersion"')
    if (kubectl.minor >= 28) expect(await run("auth whoami")).toMatch(/Username +system:admin/)
  })

  test("logs, exec, attach, cp", async () => {
    const { run, fails, feed, follow, file } = bench
    await run("run talker --image=talker --restart=Never")
    await run("apply -f reader.yaml")
    await run("wait --for=condition=Ready pod/reader --timeout=50s")
    expect(await follow("logs -f talker", () => false)).toEqual(["up", "down"])
    expect(await run("logs talker --tail=1")).toBe("down\n")
    if (kubectl.minor < 29) {
      expect((await fails("exec reader -- ls")).stderr).toContain("is served over WebSocket")
      return
    }
    expect((await fails("exec reader -- sh -c 'exit 7'")).code).toBe(7)
    await run("debug reader --image=none --container=beside -- sh -c 'echo hi; exec sleep 1000'")
    const beside = "jsonpath={.status.ephemeralContainerStatuses[0].state.running.startedAt}"
    await follow(`get pod reader -w -o ${beside}{"\\n"}`, (line) => line.startsWith("20"))
    expect(await run("exec reader -c beside -- echo there")).toBe("there\n")
    expect((await feed("exec -i reader -- cat", Buffer.from("in\n"))).toString()).toBe("in\n")
    file("there.txt", "content\n")
    await run("cp there.txt reader:there.txt")
    expect(await run("exec reader -- cat there.txt")).toBe("content\n")
  })

  test("nodes are cordoned, drained and tainted", async () => {
    const { run } = bench
    expect(await run("cordon node-0")).toContain("cordoned")
    const drain = "drain node-0 --force --ignore-daemonsets --delete-emptydir-data --timeout=50s"
    expect(await run(drain)).toContain("node/node-0 drained")
    expect(await run("uncordon node-0")).toContain("uncordoned")
    expect(await run("taint node node-0 a=b:NoSchedule")).toContain("tainted")
    expect(await run("describe node node-0")).toMatch(/Taints: +a=b:NoSchedule/)
  })
})
