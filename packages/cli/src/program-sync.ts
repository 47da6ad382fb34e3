import type { Command } from "commander"
import type { SyncLimitOptions, SyncOptions } from "./commands/sync.js"
import { type Io, outputFormat } from "./io.js"
import {
  command,
  type Done,
  type OutputFlag,
  storeText,
  wholeNumber,
  withExamples,
} from "./program-parts.js"

type SyncFlags<Options> = Omit<Options, "output"> & OutputFlag

function storing(sub: Command): Command {
  return sub
    .option("--store <directory>", storeText)
    .option("-o, --output <format>", "text or json")
}

function naming(sub: Command): Command {
  return storing(sub.argument("<key>", "the semaphore's key"))
    .option("--cm-name <name>", "the ConfigMap that manifests name beside the key")
    .option("--type <type>", "configmap or database (default: configmap with --cm-name)")
    .option("-n, --namespace <namespace>", "the semaphore's", "default")
}

function limiting(sub: Command): Command {
  return naming(sub).requiredOption("--limit <number>", "so many may hold it", wholeNumber)
}

function addLimits(sync: Command, io: Io, done: Done): readonly Command[] {
  const create = limiting(sync.command("create").description("say how many may hold a semaphore"))
  create.action(async (key: string, { output, ...flags }: SyncFlags<SyncLimitOptions>) => {
    const { syncCreate } = await import("./commands/sync.js")
    done(await syncCreate(key, { ...flags, output: outputFormat(output) }, io))
  })
  withExamples(
    create,
    "sync create database --cm-name limits --limit 2 --store runs",
    "sync create licences --type database --limit 5 --store runs -o json",
  )
  const update = limiting(sync.command("update").description("change a limit; who waits is told"))
  update.action(async (key: string, { output, ...flags }: SyncFlags<SyncLimitOptions>) => {
    const { syncUpdate } = await import("./commands/sync.js")
    done(await syncUpdate(key, { ...flags, output: outputFormat(output) }, io))
  })
  withExamples(update, "sync update builds --cm-name limits --limit 3 --store runs")
  return [create, update]
}

function addRest(sync: Command, io: Io, done: Done): readonly Command[] {
  const get = naming(sync.command("get").description("a limit, who holds it and who waits"))
  get.action(async (key: string, { output, ...flags }: SyncFlags<SyncOptions>) => {
    const { syncGet } = await import("./commands/sync.js")
    done(await syncGet(key, { ...flags, output: outputFormat(output) }, io))
  })
  withExamples(get, "sync get builds --cm-name limits --store runs -o json")
  const about = "take a limit away: who asks for it then fails"
  const remove = naming(sync.command("delete").description(about))
  remove.action(async (key: string, { output, ...flags }: SyncFlags<SyncOptions>) => {
    const { syncDelete } = await import("./commands/sync.js")
    done(await syncDelete(key, { ...flags, output: outputFormat(output) }, io))
  })
  withExamples(remove, "sync delete builds --cm-name limits --store runs")
  const list = storing(sync.command("list").description("every limit"))
  list.action(async ({ output, ...flags }: SyncFlags<SyncOptions>) => {
    const { syncList } = await import("./commands/sync.js")
    done(await syncList({ ...flags, output: outputFormat(output) }, io))
  })
  withExamples(list, "sync list --store runs")
  return [get, remove, list]
}

/** The commands about how many may hold a semaphore. */
export function addSync(program: Command, io: Io, done: Done): void {
  const sync = command(program, "sync", "how many may hold a semaphore, for the runs of a store")
  sync.enablePositionalOptions()
  for (const each of [...addLimits(sync, io, done), ...addRest(sync, io, done)]) {
    each.exitOverride().configureOutput({ writeOut: io.out, writeErr: () => {} })
  }
}
