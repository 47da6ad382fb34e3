import type { ServerResponse } from "node:http"
import { ClusterError } from "@argo-ts/k8s"
import type { JsonObject } from "@argo-ts/kernel"
import { formatManifests } from "@argo-ts/kernel/yaml"

/** How the answer is to be written. */
export type Form = "json" | "yaml" | "table" | "partial" | "partialList"

const representations = [
  "application/json",
  "application/yaml",
  "application/vnd.kubernetes.protobuf",
]

function asForm(parameters: ReadonlyMap<string, string>): Form | undefined {
  const as = parameters.get("as")
  if (as === undefined) return "json"
  if (parameters.get("g") !== "meta.k8s.io" || parameters.get("v") !== "v1") return undefined
  if (as === "Table") return "table"
  if (as === "PartialObjectMetadata") return "partial"
  return as === "PartialObjectMetadataList" ? "partialList" : undefined
}

function formOfRange(range: string): Form | undefined {
  const [type = "", ...parameters] = range.split(";").map((part) => part.trim())
  switch (type) {
    case "application/json":
    case "*/*":
    case "application/*":
    // Who takes protobuf takes JSON: servers may always answer so.
    case "application/vnd.kubernetes.protobuf":
      return asForm(new Map(parameters.map((each) => each.split("=") as [string, string])))
    case "application/yaml":
      return "yaml"
    default:
      return undefined
  }
}

/** 406: none of what is accepted can be had. */
export function notAcceptable(): ClusterError {
  const available = representations.join("\n")
  const message = `406: Not Acceptable\n\nAvailable representations: \n${available}`
  return new ClusterError("NotAcceptable", message)
}

/** What an `Accept` header asks for: the first of the accepted forms that there is. */
export function formOf(accept: string | undefined): Form {
  if (accept === undefined || accept === "") return "json"
  for (const range of accept.split(",")) {
    const form = formOfRange(range)
    if (form !== undefined) return form
  }
  throw notAcceptable()
}

/** Answers with YAML. */
export function answerYaml(response: ServerResponse, code: number, body: JsonObject): void {
  response.writeHead(code, { "content-type": "application/yaml" }).end(formatManifests([body]))
}
