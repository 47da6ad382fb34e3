// `pnpm fuzz:cluster [calls]`: so many random requests (default 50,000) to the in-memory cluster, which has to keep its laws.
import { runVitest } from "./run-vitest.mjs"

const [calls = "50000"] = process.argv.slice(2)
runVitest("cluster-sim", "test/fuzz.test.ts", { ARGO_TS_FUZZ: calls })
