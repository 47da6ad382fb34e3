import { renameSync, rmSync, writeFileSync } from "node:fs"
import type { ClusterSim } from "@argo-ts/cluster-sim"
import type { ServedCluster } from "@argo-ts/cluster-sim/http"
import type { Clock } from "@argo-ts/kernel/clock"
import { CliError } from "../io.js"
import { isFree } from "./ports.js"

/** What is served, and where. */
export interface Serving {
  readonly sim: ClusterSim
  readonly clock: Clock
  readonly port: number
  /** Where the kubeconfig goes. */
  readonly file: string
}

/** Writes a file that only this user may read, at no moment anybody else. */
function writePrivately(file: string, text: string): void {
  const fresh = `${file}.${process.pid}.new`
  rmSync(fresh, { force: true })
  writeFileSync(fresh, text, { mode: 0o600, flag: "wx" })
  renameSync(fresh, file)
}

/** Lets kubectl talk to the cluster, and writes down how. Only this user may read it. */
export async function serve({ sim, clock, port, file }: Serving): Promise<ServedCluster> {
  const { serveCluster } = await import("@argo-ts/cluster-sim/http")
  if (port > 0 && !(await isFree(port))) {
    throw new CliError("PortInUse", `--port: expected a free port, found ${port} in use`)
  }
  const served = await serveCluster({
    cluster: sim.cluster,
    clock,
    port,
    as: (user) => sim.as(user),
    authorizer: sim.authorizer,
    accounts: sim.accounts(),
    logs: sim,
    sessions: sim,
  })
  writePrivately(file, served.kubeconfig)
  return served
}
