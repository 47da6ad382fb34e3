import { decideApplication, defaultSettings, explainApplication } from "@argo-ts/gitops-core"
import { applicationFixture, configMapFixture } from "@argo-ts/gitops-core/testing"
import { epochMs } from "@argo-ts/kernel"

const application = applicationFixture("shop")
const decision = decideApplication(
  application,
  {
    source: { revision: "4f2a9c1", objects: [configMapFixture("settings", "blue")] },
    live: [],
    clusterScoped: [],
    refusals: [],
    performed: {},
  },
  epochMs(0),
  defaultSettings,
)
console.log(decision.status.sync?.status)
console.log(decision.actions[0]?.type)
console.log(explainApplication({ ...application, status: decision.status }, epochMs(0)))
// OutOfSync
// StartOperation
// shop is OutOfSync and Missing
