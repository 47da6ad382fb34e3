// The conformance suite against a real cluster. Not part of the ordinary tests: its name does not end like theirs.
import { afterAll } from "vitest"
import { describeClusterConformance } from "../../src/testing/index.js"
import { openRealCluster, type RealCluster } from "./cluster.js"

if (process.env["KUBECONFIG"] === undefined) {
  throw new Error("set KUBECONFIG to the kubeconfig of a cluster that may be written to")
}
let opened: Promise<RealCluster> | undefined

describeClusterConformance("the cluster of KUBECONFIG", async () => {
  opened ??= openRealCluster()
  return (await opened).createWorld()
})

afterAll(async () => {
  await (await opened)?.close()
})
