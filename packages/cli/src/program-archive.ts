import type { Command } from "commander"
import type { ArchiveRestartOptions } from "./commands/archive.js"
import { type Io, outputFormat } from "./io.js"
import { resubmitting, retrying } from "./program-controls.js"
import {
  choosing,
  command,
  type Done,
  narrowing,
  type OutputFlag,
  type StoreFlag,
  storeText,
  withExamples,
  workflowForms,
} from "./program-parts.js"
import type { RunFilterFlags } from "./workflows/filter.js"
import type { NodeFilterFlags } from "./workflows/node-filter.js"

const uidText = "a uid, as archive list tells them"

type RestartFlags = Omit<ArchiveRestartOptions, "output"> & OutputFlag

/** One command of the group. */
function part(archive: Command, name: string, about: string): Command {
  return archive.command(name).description(about)
}

function stored(sub: Command, formats: string): Command {
  return sub.option("--store <place>", storeText).option("-o, --output <format>", formats)
}

function addReads(archive: Command, io: Io, done: Done): readonly Command[] {
  const list = choosing(part(archive, "list", "what a controller has archived, the newest first"))
  stored(list, "text, json or name").action(
    async ({ output, ...flags }: OutputFlag & StoreFlag & RunFilterFlags) => {
      const { archiveList } = await import("./commands/archive.js")
      const format = output === "name" ? output : outputFormat(output)
      done(await archiveList({ ...flags, output: format }, io))
    },
  )
  withExamples(
    list,
    "archive list --store runs",
    "archive list --status failed --store runs -o json",
  )
  const get = narrowing(part(archive, "get", "an archived workflow").argument("<uid>", uidText))
  stored(get, workflowForms).action(
    async (uid: string, { output, ...flags }: OutputFlag & StoreFlag & NodeFilterFlags) => {
      const { archiveGet } = await import("./commands/archive.js")
      const { workflowFormat } = await import("./workflows/print.js")
      done(await archiveGet(uid, { ...flags, output: workflowFormat(output) }, io))
    },
  )
  withExamples(get, "archive get uid-old --store runs -o yaml")
  const keys = stored(part(archive, "list-label-keys", "which labels there are"), "text or json")
  keys.action(async ({ output, ...flags }: OutputFlag & StoreFlag) => {
    const { archiveLabels } = await import("./commands/archive.js")
    done(await archiveLabels(undefined, { ...flags, output: outputFormat(output) }, io))
  })
  withExamples(keys, "archive list-label-keys --store runs")
  const values = stored(
    part(archive, "list-label-values", "which values a label has"),
    "text or json",
  )
  values
    .requiredOption("-l, --selector <label>", "the label's name")
    .action(
      async ({ output, selector, ...flags }: OutputFlag & StoreFlag & { selector: string }) => {
        const { archiveLabels } = await import("./commands/archive.js")
        done(await archiveLabels(selector, { ...flags, output: outputFormat(output) }, io))
      },
    )
  withExamples(values, "archive list-label-values -l team --store runs -o json")
  return [list, get, keys, values]
}

function addWrites(archive: Command, io: Io, done: Done): readonly Command[] {
  const remove = part(archive, "delete", "forget archived workflows").argument("<uid...>", uidText)
  stored(remove, "text or json").action(
    async (uids: readonly string[], { output, ...flags }: OutputFlag & StoreFlag) => {
      const { archiveDelete } = await import("./commands/archive.js")
      done(await archiveDelete(uids, { ...flags, output: outputFormat(output) }, io))
    },
  )
  withExamples(remove, "archive delete uid-old --store runs")
  const about = "run again, here, what failed in archived workflows, and what follows"
  const retry = retrying(part(archive, "retry", about).argument("<uid...>", uidText))
  retry.action(async (uids: readonly string[], { output, ...flags }: RestartFlags) => {
    const { archiveRetry } = await import("./commands/archive.js")
    const { workflowFormat } = await import("./workflows/print.js")
    done(await archiveRetry(uids, { ...flags, output: workflowFormat(output) }, io))
  })
  withExamples(retry, "archive retry uid-failed --store runs --executor simulate")
  const anew = "run archived workflows again, here, as new runs"
  const resubmit = resubmitting(part(archive, "resubmit", anew).argument("<uid...>", uidText))
  resubmit.action(async (uids: readonly string[], { output, ...flags }: RestartFlags) => {
    const { archiveResubmit } = await import("./commands/archive.js")
    const { workflowFormat } = await import("./workflows/print.js")
    done(await archiveResubmit(uids, { ...flags, output: workflowFormat(output) }, io))
  })
  withExamples(resubmit, "archive resubmit uid-old --name again --store runs --executor simulate")
  return [remove, retry, resubmit]
}

/** The commands about what controllers have archived. */
export function addArchive(program: Command, io: Io, done: Done): void {
  const archive = command(program, "archive", "workflows that a controller has archived")
  archive.enablePositionalOptions()
  for (const each of [...addReads(archive, io, done), ...addWrites(archive, io, done)]) {
    each.exitOverride().configureOutput({ writeOut: io.out, writeErr: () => {} })
  }
}
