import { formatInstant } from "@argo-ts/kernel"
import type { Freight } from "../api/freight.js"
import type { Stage } from "../api/stage.js"
import type { Availability } from "./availability.js"
import { requestFor } from "./availability.js"

/** The sentence a person needs about Freight and a Stage. */
export function explainAvailability(
  stage: Stage,
  freight: Freight,
  availability: Availability,
): string {
  const what = `Freight ${freight.alias ?? (freight.metadata.name ?? "").slice(0, 7)}`
  const where = `Stage ${stage.metadata.name ?? ""}`
  switch (availability.reason) {
    case "Approved":
      return `${what} is approved for ${where}`
    case "Direct":
      return `${what} comes to ${where} straight from Warehouse ${freight.origin.name}`
    case "VerifiedUpstream":
      return `${what} is verified upstream and available to ${where}`
    case "NotRequested":
      return `${where} does not ask for Freight of Warehouse ${freight.origin.name}`
    case "NeedsApproval":
      return `${what} needs a person's approval for ${where}`
    case "Soaking": {
      const soak = requestFor(stage, freight)?.sources?.requiredSoakTime ?? ""
      const until = availability.at === undefined ? "" : `, until ${formatInstant(availability.at)}`
      return `${what} must soak ${soak} in ${availability.stages.join(" and ")} before ${where}${until}`
    }
    case "NotSoaked": {
      const soak = requestFor(stage, freight)?.sources?.requiredSoakTime ?? ""
      return `${what} was verified in ${availability.stages.join(" and ")}, but is not there to soak ${soak} before ${where}`
    }
    case "NotVerified":
      return `${what} is not verified in ${availability.stages.join(" or ")}, which ${where} takes it from`
    default:
      return availability satisfies never
  }
}
