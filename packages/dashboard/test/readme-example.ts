import { readModel } from "@argo-ts/dashboard"

const model = readModel([
  {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { namespace: "argocd", name: "shop" },
    spec: {
      project: "default",
      source: { repoURL: "https://git.example.com/shop.git", path: "prod" },
    },
    status: {
      sync: { status: "Synced" },
      health: { status: "Degraded", message: "rollout aborted" },
    },
  },
])
for (const line of model.attention) console.log(`${line.kind} ${line.name}: ${line.message}`)
// Application shop: rollout aborted
