import { afterAll, beforeAll, expect, test } from "vitest"
import { type Bench, openBench } from "./harness.js"
import { describeKubectls } from "./kubectls.js"

function job(name: string, image: string, more: string): string {
  return `apiVersion: batch/v1
kind: Job
metadata: { name: ${name} }
spec:
  ${more}
  template: { spec: { restartPolicy: Never, containers: [{ name: c, image: "${image}" }] } }
`
}

describeKubectls("Jobs and accounts", (kubectl) => {
  let bench: Bench
  beforeAll(async () => {
    const quick = { startMs: 0, readyMs: 0, exitMs: 0 }
    const rules = [
      { image: "good:1", behavior: { ...quick, logs: ["done"] } },
      { image: "bad:1", behavior: { ...quick, exitCode: 3 } },
      { image: "long:1", behavior: { ...quick, exitMs: null, terminateMs: 0 } },
    ]
    bench = await openBench(kubectl, { pods: { rules } })
  })
  afterAll(() => bench.close())

  test("a Job is created, waited for, listed, described and read", async () => {
    const { run } = bench
    await run("create job once --image=good:1 -- true")
    expect(await run("wait --for=condition=Complete job/once --timeout=50s")).toBe(
      "job.batch/once condition met\n",
    )
    expect(await run("get job once")).toMatch(/once +Complete +1\/1 +\d+s +\d+s/)
    const described = await run("describe job once")
    expect(described).toMatch(/Completions: +1\n/)
    expect(described).toMatch(/Pods Statuses: +0 Active \(0 Ready\) \/ 1 Succeeded \/ 0 Failed/)
    expect(described).toMatch(/Normal +SuccessfulCreate .* Created pod: once-/)
    expect(described).toMatch(/Normal +Completed .* Job completed/)
    expect(await run("get pods -l job-name=once")).toMatch(/once-\w{5} +0\/1 +Completed +0/)
    expect(await run("logs job/once")).toBe("done\n")
    expect(await run("events --for job/once")).toContain("Job completed")
    expect(await run("delete job once")).toContain("deleted")
    expect(await run("get pods -l job-name=once -o name")).toBe("")
  })

  test("a Job fails, by its limit and by a rule", async () => {
    const { run, file } = bench
    file("bad.yaml", job("bad", "bad:1", "backoffLimit: 0"))
    const rule = "{ action: FailJob, onExitCodes: { operator: In, values: [3] } }"
    file("rule.yaml", job("rule", "bad:1", `podFailurePolicy: { rules: [${rule}] }`))
    await run("create -f bad.yaml -f rule.yaml")
    await run("wait --for=condition=Failed job/bad job/rule --timeout=50s")
    expect(await run("get job bad")).toMatch(/bad +Failed +0\/1/)
    expect(await run("describe job bad")).toMatch(
      /Warning +BackoffLimitExceeded .* Job has reached the specified backoff limit/,
    )
    expect(await run("describe job rule")).toMatch(
      /PodFailurePolicy .* failed with exit code 3 matching FailJob rule at index 0/,
    )
  })

  test("a Job is suspended and goes on, and expires", async () => {
    const { run, file } = bench
    file("later.yaml", job("later", "good:1", "suspend: true\n  ttlSecondsAfterFinished: 1"))
    await run("create -f later.yaml")
    await run("wait --for=condition=Suspended job/later --timeout=50s")
    expect(await run("get job later")).toMatch(/later +Suspended +0\/1/)
    await run(`patch job later -p '{"spec":{"suspend":false}}'`)
    await run("wait --for=delete job/later --timeout=50s")
    expect(await run("get job later --ignore-not-found")).toBe("")
  })

  test("an indexed Job tells its indexes", async () => {
    const { run, file } = bench
    const spec = "completions: 3\n  parallelism: 3\n  completionMode: Indexed"
    file("many.yaml", job("many", "good:1", spec))
    await run("create -f many.yaml")
    await run("wait --for=condition=Complete job/many --timeout=50s")
    expect(await run("get job many -o jsonpath={.status.completedIndexes}")).toBe("0-2")
    expect(await run("describe job many")).toMatch(/Completed Indexes: +0-2/)
    const selector = "-l batch.kubernetes.io/job-completion-index=1"
    expect(await run(`get pods ${selector} -o name`)).toMatch(/^pod\/many-1-\w{5}\n$/)
  })

  test("a CronJob starts Jobs, by itself and when it is told to", async () => {
    const { run } = bench
    await run("create cronjob tick --image=long:1 --schedule='@every 1s' -- sleep")
    await run("create job by-hand --from=cronjob/tick")
    await run("wait --for=jsonpath={.status.active[0].kind}=Job cronjob/tick --timeout=50s")
    const started = await run("get jobs -o name")
    expect(started).toMatch(/job.batch\/tick-\d{8}\n/)
    expect(started).toContain("job.batch/by-hand\n")
    const path = "jsonpath={.metadata.annotations}"
    expect(await run(`get job by-hand -o ${path}`)).toContain(
      '"cronjob.kubernetes.io/instantiate":"manual"',
    )
    expect(await run("get cronjob tick")).toMatch(/tick +@every 1s +<none> +False +1 +\d+s/)
    const described = await run("describe cronjob tick")
    expect(described).toMatch(/Schedule: +@every 1s\n/)
    expect(described).toMatch(/Concurrency Policy: +Allow\n/)
    expect(described).toMatch(/Active Jobs: +tick-\d{8}\n/)
    expect(described).toMatch(/Normal +SuccessfulCreate .* Created job tick-\d{8}/)
    await run(`patch cronjob tick -p '{"spec":{"suspend":true}}'`)
    expect(await run("get cronjob tick")).toMatch(/tick +@every 1s +<none> +True +1 /)
    await run("delete cronjob tick --timeout=50s")
    await run("wait --for=delete job/by-hand --timeout=50s")
    expect(await run("get jobs -o name")).not.toContain("tick")
  })

  test("every namespace has an account, which its pods run as", async () => {
    const { run, fails } = bench
    const account = (): Promise<unknown> =>
      kubectl.minor >= 31
        ? run("wait --for=create sa/default -n shop --timeout=50s")
        : bench.follow("get sa -n shop -w", (line) => line.startsWith("default"))
    await run("create namespace shop")
    await account()
    expect(await run("get sa -n shop")).toMatch(/default +0 +\d+s/)
    expect(await run("get cm kube-root-ca.crt -n shop")).toMatch(/kube-root-ca.crt +1 +\d+s/)
    await run("run web -n shop --image=long:1")
    expect(await run("describe pod web -n shop")).toMatch(
      /\/var\/run\/secrets\/kubernetes.io\/serviceaccount from kube-api-access-\w{5} \(ro\)/,
    )
    const overrides = `{"spec":{"serviceAccountName":"nobody"}}`
    const refused = await fails(`run x -n shop --image=long:1 --overrides='${overrides}'`)
    expect(refused.stderr).toContain(
      'pods "x" is forbidden: error looking up service account shop/nobody: serviceaccount "nobody" not found',
    )
    await run("delete sa default -n shop")
    await account()
  })
})
