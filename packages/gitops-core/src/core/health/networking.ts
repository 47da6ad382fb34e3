import { objectsAt, textAt } from "../read.js"
import { type HealthRule, health } from "./health.js"

/** `v1 Service`: a load balancer waits for an address. */
export const serviceHealth: HealthRule = (object) =>
  textAt(object, "spec", "type") === "LoadBalancer" &&
  objectsAt(object, "status", "loadBalancer", "ingress").length === 0
    ? health("Progressing")
    : health("Healthy")

/** `Ingress` waits for an address. */
export const ingressHealth: HealthRule = (object) =>
  objectsAt(object, "status", "loadBalancer", "ingress").length > 0
    ? health("Healthy")
    : health("Progressing")
