import type { Command } from "commander"
import type { CpOptions } from "./commands/cp.js"
import { type Io, outputFormat } from "./io.js"
import {
  collect,
  command,
  type Done,
  narrowing,
  type OutputFlag,
  runText,
  storeText,
  withExamples,
} from "./program-parts.js"

type CpFlags = Omit<CpOptions, "output"> & OutputFlag

function addCp(program: Command, io: Io, done: Done): void {
  const sub = command(program, "cp", "copy the output artifacts of a run into a directory")
  withExamples(
    sub,
    "cp made results --store runs",
    "cp made results --artifact-name report --path '{nodeName}-{artifactName}' --store runs",
  )
  narrowing(sub.argument("<name>", runText).argument("<directory>", "where they go"))
    .option("--node <node>", "only of this one: a node's id, name or display name")
    .option("--artifact-name <name>", "only those of this name")
    .option(
      "--path <pattern>",
      "where each goes, of {namespace}, {workflowName}, {nodeId}, {nodeName}, {templateName}, {artifactName}",
      "{namespace}/{workflowName}/{nodeId}/outputs/{artifactName}",
    )
    .option("--force", "replace what is there")
    .option("--with <path>", "the Secrets that artifacts are fetched with", collect, [])
    .option("--store <place>", storeText)
    .option("--directory <path>", "where its steps worked (default: in the store)")
    .option("-o, --output <format>", "text or json")
    .action(async (name: string, directory: string, { output, ...flags }: CpFlags) => {
      const { cp } = await import("./commands/cp.js")
      done(await cp(name, directory, { ...flags, output: outputFormat(output) }, io))
    })
}

function addConvert(program: Command, io: Io, done: Done): void {
  const sub = command(
    program,
    "convert",
    "manifests as Argo Workflows 4 has them; without comments",
  )
  withExamples(sub, "convert former.yaml", "convert former.yaml hello.yaml -o json")
  sub
    .argument("<path...>", "files and directories")
    .option("-o, --output <format>", "yaml or json", "yaml")
    .action(async (paths: readonly string[], { output }: OutputFlag) => {
      const { convert, convertFormat } = await import("./commands/convert.js")
      done(await convert(paths, { output: convertFormat(output) }, io))
    })
}

/** The commands about what else a store keeps. */
export function addStore(program: Command, io: Io, done: Done): void {
  addCp(program, io, done)
  addConvert(program, io, done)
}
