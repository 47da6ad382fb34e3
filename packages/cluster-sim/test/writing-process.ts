import { writeSync } from "node:fs"
import type { Kind, KubernetesObject } from "@argo-ts/kernel"
import { systemClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { createClusterSim } from "../src/index.js"

/** Writes for ever, and says after each write what was acknowledged: one line of name, version and value, or a deletion. */
const configMaps = builtInKind("v1", "ConfigMap") as Kind
const [directory = "", from = "0"] = process.argv.slice(2)
const data = { directory, compactAtBytes: 2_000 }
const sim = createClusterSim({ clock: systemClock(), data, controllers: false })
const say = (line: readonly unknown[]): void => {
  writeSync(1, `${JSON.stringify(line)}\n`)
}
say(["open"])
for (let count = Number(from); ; count++) {
  const metadata = { namespace: "default", name: `map-${count % 5}` }
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { count: `${count}` } }
  if (count % 7 === 6) {
    await sim.cluster.delete(configMaps, metadata)
    say([metadata.name, null])
    continue
  }
  const exists = (await sim.cluster.get(configMaps, metadata)) !== undefined
  const stored = exists
    ? await sim.cluster.update(configMaps, object as KubernetesObject)
    : await sim.cluster.create(configMaps, object as KubernetesObject)
  say([metadata.name, count, Number(stored.metadata.resourceVersion), stored.metadata.uid])
}
