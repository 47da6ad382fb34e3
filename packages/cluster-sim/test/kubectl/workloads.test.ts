import { afterAll, beforeAll, expect, test } from "vitest"
import { type Bench, openBench } from "./harness.js"
import { describeKubectls } from "./kubectls.js"

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
/** What a container writes: a line at once, then one every 200 ms. */
const talk = ["up", { atMs: 200, everyMs: 200, text: "tick" }]
const template = "jsonpath={.spec.template.spec.containers[0]"

describeKubectls("workloads", (kubectl) => {
  let bench: Bench
  beforeAll(async () => {
    const behavior = { startMs: 0, readyMs: 0, exitMs: 3000, logs: talk }
    bench = await openBench(kubectl, { pods: { rules: [{ image: "talker:1", behavior }] } })
    bench.file("web.yaml", web)
    await bench.run("apply -f web.yaml")
  })
  afterAll(() => bench.close())

  test("158: every typed create, whose bodies are no JSON", async () => {
    const { run } = bench
    for (const line of [
      "cm c --from-literal=a=1",
      "secret generic s --from-literal=a=1",
      "ns n",
      "sa a",
      "deployment d --image=i:1 --replicas=0",
      "service clusterip v --tcp=80:8080",
      "ingress g --rule=a.example.com/*=v:80",
      "job j --image=i:1 -- sh",
      "cronjob k --image=i:1 --schedule='* * * * *' -- sh",
      "quota q --hard=pods=10",
      "pdb p --selector=app=web --min-available=0",
      "priorityclass h --value=10",
      "role r --verb=get --resource=pods",
      "clusterrole cr --verb=get --resource=pods",
      "rolebinding b --role=r --user=u",
      "clusterrolebinding cb --clusterrole=cr --serviceaccount=default:a",
    ]) {
      expect(await run(`create ${line}`)).toMatch(/ created\n$/)
    }
    expect(await run("create job once --from=cronjob/k")).toBe("job.batch/once created\n")
    expect(await run("get svc v")).toMatch(/v +ClusterIP +\S+ +<none> +80\/TCP/)
    expect(await run("get rolebinding b -o wide")).toMatch(/b +Role\/r +\S+ +u/)
    expect(await run("get cronjob k")).toMatch(/k +\* \* \* \* \* +<none> +False +\d/)
  })

  test("167: set changes a template", async () => {
    const { run } = bench
    await run("rollout pause deployment/web")
    await run("set image deployment/web web=web:2")
    await run("set env deployment/web A=1")
    await run("set resources deployment/web --limits=cpu=1 --requests=cpu=500m")
    await run("set serviceaccount deployment/web default")
    expect(await run(`get deployment web -o '${template}.image}'`)).toBe("web:2")
    expect(await run(`get deployment web -o '${template}.env[0].value}'`)).toBe("1")
    expect(await run(`get deployment web -o '${template}.resources.requests.cpu}'`)).toBe("500m")
    await run("rollout resume deployment/web")
    expect(await run("rollout status deployment/web --timeout=50s")).toContain(
      "successfully rolled out",
    )
  })

  test("161: rollouts are told, restarted and undone", async () => {
    const { run } = bench
    expect(await run("rollout history deployment/web")).toMatch(/\n1 +<none>\n2 +<none>\n/)
    expect(await run("rollout history deployment/web --revision=1")).toContain("web:1")
    await run("rollout restart deployment/web")
    await run("rollout status deployment/web --timeout=50s")
    expect(await run("rollout undo deployment/web --to-revision=1")).toContain("rolled back")
    expect(await run(`get deployment web -o '${template}.image}'`)).toBe("web:1")
    await run("rollout status deployment/web --timeout=50s")
  })

  test("160, 167: scale, with a condition and without; autoscale; expose", async () => {
    const { run, fails } = bench
    expect(await run("scale deployment/web --replicas=2 --current-replicas=1")).toContain("scaled")
    expect(
      (await fails("scale deployment/web --replicas=3 --current-replicas=1")).stderr,
    ).toContain("Expected replicas to be 1, was 2")
    await run("wait --for=jsonpath='{.status.readyReplicas}'=2 deployment/web --timeout=50s")
    expect(await run("get deployment web --subresource=scale")).toMatch(
      /^NAME +DESIRED +AVAILABLE +AGE\nweb +2 +2 +\S+\n$/,
    )
    await run("autoscale deployment/web --min=1 --max=3 --cpu-percent=50")
    expect(await run("get hpa web")).toMatch(/web +Deployment\/web +cpu: \S+\/50% +1 +3/)
    await run("expose deployment web --port=80 --name=front")
    expect(await run("get svc front -o wide")).toMatch(/80\/TCP +\S+ +app=web/)
    expect(await run("get all -l app=web -o name")).toContain("deployment.apps/web\n")
    await run("delete hpa web")
  })

  test("run, wait, describe and events", async () => {
    const { run } = bench
    await run("run one --image=busybox --labels=a=b")
    await run("wait --for=condition=Ready pod/one --timeout=50s")
    expect(await run("get pod one -o wide")).toMatch(/one +1\/1 +Running +0 /)
    expect(await run("describe pod one")).toMatch(/Status: +Running/)
    expect(await run("describe deployment web")).toContain("NewReplicaSet:")
    expect(await run("events --for deployment/web")).toContain("ScalingReplicaSet")
    expect(await run("get events --field-selector involvedObject.name=web")).toContain(
      "ScalingReplicaSet",
    )
  })

  test("logs are text; what is not served is refused in words", async () => {
    const { run, fails } = bench
    expect(typeof (await run("logs one"))).toBe("string")
    expect(typeof (await run("logs deployment/web --all-containers"))).toBe("string")
    expect((await fails("logs one -c nothing")).stderr).toContain(
      "container nothing is not valid for pod one",
    )
    expect((await fails("exec one -- ls")).stderr).toContain("exec is not served")
    expect((await fails("port-forward pod/one 0:80")).stderr).toContain("portforward is not served")
    await run("debug one --image=busybox --container=beside --target=one")
    await bench.follow("get pod one -w -o json", (line) =>
      line.includes("ephemeralContainerStatuses"),
    )
    expect(await run("describe pod one")).toMatch(/Ephemeral Containers:\n +beside:/)
    expect(await run("logs one -c beside")).toBe("")
  })

  test("debug copies a pod and opens one on a node", async () => {
    const { run } = bench
    await run("run origin --image=busybox")
    await run("debug origin --copy-to=copy --image=tools:1 --container=beside --same-node")
    expect(await run("get pod copy -o jsonpath={.spec.containers[*].name}")).toBe("origin beside")
    await run("debug node/node-0 --image=tools:1")
    const root =
      "get pods -o jsonpath={.items[?(@.spec.hostNetwork==true)].spec.volumes[0].hostPath}"
    expect(JSON.parse(await run(root))).toEqual({ path: "/", type: "" })
    await run("delete pod origin copy --now")
  })

  test("163: a log is followed to its container's end", async () => {
    await bench.run("run talker --image=talker:1 --restart=Never")
    await bench.run("wait --for=jsonpath={.status.phase}=Running pod/talker --timeout=50s")
    const lines = await bench.follow("logs -f talker", () => false)
    expect(lines.slice(0, 3)).toEqual(["up", "tick", "tick"])
    expect(await bench.run("logs talker --tail=1")).toBe("tick\n")
  })

  test("certificate approve and deny decide on requests", async () => {
    const { run, file, fails } = bench
    const pem = "-----BEGIN CERTIFICATE REQUEST-----\nMIH\n-----END CERTIFICATE REQUEST-----\n"
    const spec = `{ request: ${Buffer.from(pem).toString("base64")}, signerName: example.com/own, usages: [client auth] }`
    const type = "apiVersion: certificates.k8s.io/v1\nkind: CertificateSigningRequest"
    const both = ["yes", "no"].map(
      (name) => `${type}\nmetadata: { name: "${name}" }\nspec: ${spec}`,
    )
    await run(`apply -f ${file("requests.yaml", both.join("\n---\n"))}`)
    expect(await run("certificate approve yes")).toContain("yes approved")
    expect(await run("certificate deny no")).toContain("no denied")
    expect((await fails("certificate approve no")).stderr).toContain("already Denied")
    expect(await run("get csr --sort-by=.metadata.name")).toMatch(
      /no +\S+ +example.com\/own .*<none> +Denied\nyes +\S+ +example.com\/own .*<none> +Approved/,
    )
    await run("wait csr/yes --for=condition=Approved --timeout=20s")
  })

  test("162: delete: now, cascading and not", async () => {
    const { run } = bench
    await run("delete pod one --now")
    expect(await run("get pod one --ignore-not-found")).toBe("")
    await run("delete deployment web --cascade=orphan")
    const set = (await run("get rs -l app=web -o name")).split("\n")[0] ?? ""
    expect(set).toMatch(/^replicaset.apps\/web-/)
    await run("delete rs -l app=web --cascade=foreground --timeout=50s")
    expect(await run("get pods -l app=web -o name")).toBe("")
  })

  test("nodes are cordoned and drained", async () => {
    const { run, file } = bench
    const name = (await run("get nodes -o name")).split("\n")[0]?.replace("node/", "") ?? ""
    const node = name === "" ? "hand-made" : name
    if (name === "") {
      file("node.yaml", `apiVersion: v1\nkind: Node\nmetadata: { name: ${node} }\n`)
      await run("create -f node.yaml")
    }
    expect(await run(`cordon ${node}`)).toContain("cordoned")
    expect(await run("get nodes")).toMatch(new RegExp(`${node} +\\S*SchedulingDisabled`))
    const drain = `drain ${node} --force --ignore-daemonsets --delete-emptydir-data --timeout=50s`
    expect(await run(drain)).toContain("drained")
    expect(await run(`uncordon ${node}`)).toContain("uncordoned")
    expect(await run(`taint node ${node} a=b:NoSchedule`)).toContain("tainted")
  })
})
