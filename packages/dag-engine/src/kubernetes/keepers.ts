import type { OwnedRun, Ownership } from "@argo-ts/k8s"
import { epochMs } from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import type { Keeper } from "./keeper.js"

/** The workflows that run here, by `namespace/name`. */
export interface Keepers {
  find(id: string): Keeper | undefined
  /**
   * Opens a workflow and keeps it for as long as it is owned here. `open` answers nothing where there is nothing to run.
   */
  keep(id: string, open: (owned: OwnedHere) => Promise<Keeper | undefined>): Promise<void>
  /** The workflow is over: its driver has ended by itself. */
  release(id: string): void
  /** The workflow is gone: whatever it runs is stopped, whatever it holds given back. */
  abandon(id: string): void
  /** Ends all driving; steps in flight are left to themselves and found again by whoever comes next. */
  close(): void
}

/** How workflows change hands. */
export interface KeepersOptions {
  /** Absent: every workflow is owned here, for good. */
  readonly ownership: Ownership | undefined
  /** So long the steps that run may go on after their workflow went to another replica; then they are stopped. */
  readonly handOverMs: number
}

/** What it means that a workflow is owned here. */
export interface OwnedHere {
  /** Throws once it is not any more. */
  readonly check: () => void
  /** The number of the ownership; absent where this replica is the only one. */
  readonly fence: number | undefined
}

const onlyOne: OwnedHere = { check: () => undefined, fence: undefined }

interface Kept {
  readonly keeper: Keeper
  /** Aborts when the ownership has lapsed; absent where it cannot. */
  readonly signal: AbortSignal | undefined
  /** Lets go: another replica may take over from now on. */
  readonly letGo: () => void
  isLeaving: boolean
}

/** Where workflows are kept. */
export interface KeepersWorld {
  /** Asked when something happens. */
  readonly clock: () => Clock
  /** Has a workflow looked at soon. */
  readonly again: (id: string) => void
}

interface Shelf {
  readonly options: KeepersOptions
  readonly world: KeepersWorld
  readonly all: Map<string, Kept>
  /** Signals that are listened to: one listener each, however many workflows are owned under it. */
  readonly followed: WeakSet<AbortSignal>
}

function remember({ all }: Shelf, id: string, from: Omit<Kept, "isLeaving">): Kept {
  const kept: Kept = { ...from, isLeaving: false }
  all.set(id, kept)
  return kept
}

/** Once the ownership has lapsed, whatever was owned under it is stopped and let go. */
function follow(shelf: Shelf, signal: AbortSignal): void {
  const lose = (): void => {
    for (const [id, kept] of shelf.all) {
      if (kept.signal !== signal) continue
      kept.keeper.driver.halt()
      end(shelf, id, kept)
    }
  }
  if (signal.aborted) return lose()
  if (shelf.followed.has(signal)) return
  shelf.followed.add(signal)
  signal.addEventListener("abort", lose, { once: true })
}

function end({ all }: Shelf, id: string, kept: Kept): void {
  if (all.get(id) === kept) all.delete(id)
  kept.letGo()
}

/** Lets the steps that run end, for as long as there is time, and then lets go. */
async function handOver(shelf: Shelf, id: string, kept: Kept): Promise<void> {
  if (kept.isLeaving) return
  kept.isLeaving = true
  const { driver, idle } = kept.keeper
  const clock = shelf.world.clock()
  const at = epochMs(clock.now() + shelf.options.handOverMs)
  const cancel = clock.wakeAt(at, `${id}/hand-over`, driver.halt)
  await driver.drain()
  cancel()
  driver.halt()
  await idle()
  if (shelf.all.get(id) !== kept) return
  end(shelf, id, kept)
  // It came back while its steps were ending: nobody else has it, and nobody will tell of it.
  if (shelf.options.ownership?.owns(id) === true) shelf.world.again(id)
}

/** Keeps a workflow until it is over, handed over, or lost. */
async function keepOwned(
  shelf: Shelf,
  id: string,
  open: (owned: OwnedHere) => Promise<Keeper | undefined>,
  owned: OwnedRun,
): Promise<void> {
  const { signal } = owned
  const keeper = await open(owned)
  if (keeper === undefined) return
  await new Promise<void>((resolve) => {
    const kept = remember(shelf, id, { keeper, signal, letGo: resolve })
    follow(shelf, signal)
    // It may have gone to another replica while it was opened.
    const isElsewhere = shelf.options.ownership?.owns(id) === false
    if (shelf.all.get(id) === kept && isElsewhere) void handOver(shelf, id, kept)
  })
}

/** No workflows yet. */
export function createKeepers(options: KeepersOptions, world: KeepersWorld): Keepers {
  const { ownership } = options
  const all = new Map<string, Kept>()
  const shelf: Shelf = { options, world, all, followed: new WeakSet() }
  const stopFollowing = ownership?.on("change", () => {
    for (const [id, kept] of all) if (!ownership.owns(id)) void handOver(shelf, id, kept)
  })
  return {
    find: (id) => all.get(id)?.keeper,
    async keep(id, open) {
      if (ownership === undefined) {
        const keeper = await open(onlyOne)
        const letGo = (): void => undefined
        if (keeper !== undefined) remember(shelf, id, { keeper, signal: undefined, letGo })
        return
      }
      // Held for as long as the workflow runs here, and waited for only until it does.
      await new Promise<void>((resolve, reject) => {
        const opened = async (owned: OwnedHere): Promise<Keeper | undefined> => {
          const keeper = await open(owned)
          resolve()
          return keeper
        }
        const held = ownership.run(id, (run) => keepOwned(shelf, id, opened, run))
        held.then(() => resolve(), reject)
      })
    },
    release(id) {
      const kept = all.get(id)
      if (kept !== undefined) end(shelf, id, kept)
    },
    abandon(id) {
      const kept = all.get(id)
      if (kept === undefined) return
      kept.keeper.driver.abandon()
      end(shelf, id, kept)
    },
    close() {
      stopFollowing?.()
      for (const [id, kept] of all) {
        kept.keeper.driver.close()
        end(shelf, id, kept)
      }
    },
  }
}
