// `pnpm soak [seed…]`: twenty controllers, each alone, all together and all over HTTP, under every fault for an hour of virtual time; with
// each seed (default 1) the state has to be the one without faults.
import { runVitest } from "./run-vitest.mjs"

const seeds = process.argv.slice(2)
runVitest("cluster-sim", "test/soak.test.ts", { ARGO_TS_SOAK: seeds.join(",") || "1" })
