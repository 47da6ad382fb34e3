// `pnpm fuzz:workflows [manifests]`: so many spoilt manifests (default 50,000), which have to be refused with named issues or
// run. They are made from the seeds of the tests and, where a folder ../shared/upstream is at hand, from upstream's manifests.
import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { runVitest } from "./run-vitest.mjs"

const [count = "50000", folder = "../shared/upstream/workflows"] = process.argv.slice(2)
const upstream = existsSync(folder) ? { ARGO_TS_UPSTREAM: resolve(folder) } : {}
runVitest("dag-engine", "test/fuzz.test.ts", { ARGO_TS_FUZZ: count, ...upstream })
