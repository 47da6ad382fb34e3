import { epochMs } from "@argo-ts/kernel"
import { decideStage, explainFreight, promotionCreationCheck } from "@argo-ts/promotion"
import { freightFixture, stageFixture } from "@argo-ts/promotion/testing"

const now = epochMs(1_767_603_600_000)
const dev = stageFixture("dev", { direct: true })
const prod = stageFixture("prod", { stages: ["dev"], requiredSoakTime: "30m" })
const freight = freightFixture("v1", {
  currentlyIn: { dev: { since: "2026-01-05T08:50:00Z" } },
  verifiedIn: { dev: { verifiedAt: "2026-01-05T08:51:00Z" } },
})

console.log(promotionCreationCheck(prod, freight, now).reason)
// Soaking
for (const sentence of explainFreight(freight, [dev, prod], now)) console.log(sentence)
// Freight alias-v1 is in Stage dev, verified, and has soaked for 10m0s
// Freight alias-v1 must soak 30m in dev before Stage prod, until 2026-01-05T09:20:00Z
const observed = { freight: [freight], promotions: [], applications: [], analysisRuns: [] }
console.log(decideStage(prod, observed, now).wakeAt === epochMs(now + 20 * 60_000))
// true
