/** The stable names of the demo's world: what its manifests say. */
export const applicationRepository = "https://git.example.com/shop.git"
export const environmentsRepository = "https://git.example.com/environments.git"
export const registryHost = "registry.example.com"
export const imageName = "shop"
export const metricsAddress = "http://metrics.shop.svc"
export const webhookAddress = "http://github-eventsource-svc.ci.svc:12000"

/** Where the story starts: a Monday morning. */
export const storyStart = "2026-01-05T09:00:00Z"
