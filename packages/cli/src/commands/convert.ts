import { formatManifests } from "@argo-ts/kernel/yaml"
import { CliError, type ExitCode, type Io } from "../io.js"
import { formatFileIssue, placeIssue, toJsonIssue } from "../manifests/file-issue.js"
import { readManifests } from "../manifests/read.js"
import { convertManifest } from "../workflows/former.js"
import { refuse } from "../workflows/submission.js"

/** Options of `convert`. */
export interface ConvertOptions {
  readonly output: "yaml" | "json"
}

/** Reads `-o` of `convert`. */
export function convertFormat(text: string | undefined): ConvertOptions["output"] {
  if (text === undefined || text === "yaml" || text === "text") return "yaml"
  if (text === "json") return text
  throw new CliError("InvalidOption", `-o: expected yaml or json, found ${JSON.stringify(text)}`)
}

/** `argo-ts convert PATH…`: manifests in the form of version 4, one after the other. 1 where something has no such form. */
export async function convert(
  paths: readonly string[],
  { output }: ConvertOptions,
  io: Io,
): Promise<ExitCode> {
  const { manifests, issues } = readManifests(paths, io.cwd)
  if (issues.length > 0) refuse(issues.map(formatFileIssue), issues.map(toJsonIssue))
  let code: ExitCode = 0
  const converted = manifests.map(({ file, document, value }) => {
    const found = convertManifest(value)
    for (const issue of found.issues) {
      io.err(`${formatFileIssue(placeIssue(file, document, issue))}\n`)
      code = 1
    }
    return found.manifest
  })
  if (output === "json") {
    io.out(`${JSON.stringify({ apiVersion: "v1", kind: "List", items: converted })}\n`)
  } else io.out(formatManifests(converted))
  return code
}
