// One process, medians: warm calls of compiled programs beside jq itself, compiled to WebAssembly.
import { compileJq, compileJqPaths } from "@argo-ts/expr/jq"
import loading from "jq-web"
import { Bench } from "tinybench"

const jq = await loading

const pod = (index) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: `pod-${index}`,
    namespace: "shop",
    labels: { app: "shop", tier: `t${index % 3}` },
  },
  spec: {
    containers: [
      { name: "main", image: "shop:1.2.3", env: [{ name: "A", value: "1" }] },
      { name: "istio-proxy", image: "istio:1", env: [] },
    ],
  },
  status: { phase: index % 5 === 0 ? "Pending" : "Running", restarts: index % 7 },
})
const one = pod(1)
const list = { kind: "List", items: Array.from({ length: 100 }, (_, index) => pod(index)) }

const programs = [
  ["one field", ".status.phase", one],
  ["container by name", '.spec.containers[] | select(.name == "main") | .image', one],
  ["object of a pod", "{name: .metadata.name, images: [.spec.containers[].image]}", one],
  ["running pods of 100", '[.items[] | select(.status.phase == "Running") | .metadata.name]', list],
  [
    "100 pods by tier",
    ".items | group_by(.metadata.labels.tier) | map({(.[0].metadata.labels.tier): length}) | add",
    list,
  ],
  ["sum of 100 pods", "reduce .items[] as $pod (0; . + $pod.status.restarts)", list],
  ["100 names changed", '.items[].metadata.name |= sub("pod"; "p")', list],
  ["ten thousand numbers", "[range(10000) | select(. % 3 == 0) | . * 2] | add", null],
]

const bench = new Bench({ time: 300, warmupTime: 100 })
for (const [name, source, input] of programs) {
  const { evaluate } = compileJq(source).value
  bench.add(name, () => evaluate(input))
  bench.add(`${name}, jq-web`, () => jq.json(input, source))
}
const ignored = compileJqPaths('.spec.containers[] | select(.name == "istio-proxy")').value
bench.add("ignored difference", () => ignored.remove(one))
bench.add("ignored difference, jq-web", () =>
  jq.json(one, 'del(.spec.containers[] | select(.name == "istio-proxy"))'),
)
bench.add("compile", () => compileJq(programs[3][1]))
await bench.run()
for (const task of bench.tasks) {
  const { result } = task
  const failure = result.error === undefined ? "" : ` failed: ${result.error.message}`
  console.log(
    `  ${task.name.padEnd(36)} ${((result.latency?.p50 ?? Number.NaN) * 1000).toFixed(2).padStart(10)} µs median${failure}`,
  )
}
