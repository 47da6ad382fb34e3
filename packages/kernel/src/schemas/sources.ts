import type { JsonValue } from "../json.js"
import { type Default, nestedDefaults } from "./fill.js"

const fieldReference = nestedDefaults("fieldRef", { apiVersion: "v1" })
const resourceReference = nestedDefaults("resourceFieldRef", { divisor: "0" })

/** The sources from which the downward API reads, in variables and in files. */
export const downwardSource: Default = (source) => resourceReference(fieldReference(source))

/** `Always` for the tag `latest` or none, `IfNotPresent` for another tag or a digest alone. */
export function pullPolicy(image: JsonValue | undefined): string {
  if (typeof image !== "string") return "IfNotPresent"
  const [reference = "", digest] = image.split("@")
  const name = reference.slice(reference.lastIndexOf("/") + 1)
  const colon = name.indexOf(":")
  if (colon >= 0) return name.slice(colon + 1) === "latest" ? "Always" : "IfNotPresent"
  return digest === undefined ? "Always" : "IfNotPresent"
}
