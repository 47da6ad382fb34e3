import { assigns, type View } from "./group.js"
import { type Blocker, isBlocked } from "./peers.js"

/**
 * Which keys a replica holds while memberships come and go.
 *
 * A replica *states* a view on its Lease once no work is left that this view gives to others, and *confirms* it by
 * reading afterwards that it is still the agreed one and under which views the others are. Two replicas can then
 * never hold one key: whoever confirms the later of two generations reads the other's statement, which was written
 * before the later generation was, and waits while it names the key.
 */
export interface Holding {
  owns(key: string): boolean
  /** True where the aim leaves the key here: work on it need not end before the aim is stated. */
  keeps(key: string): boolean
  /** The agreed view is now `view`. */
  aim(view: View): void
  /** The view to state from now on: the aim if all other work has ended, else what was stated before. */
  state(isDrained: boolean): View | undefined
  /** True where work that others wait for may still run. */
  isDraining(): boolean
  /** True where the aim is stated and not yet confirmed. */
  isUnconfirmed(): boolean
  /** The stated view was read again after it was stated. Ignored where ownership was dropped since `epoch`. */
  confirm(epoch: number): void
  block(blockers: readonly Blocker[]): void
  /** Ownership lapsed: nothing is held until the next confirmation. */
  drop(): void
  /** Counts the drops. */
  epoch(): number
  /** The confirmed view. */
  confirmed(): View | undefined
  /** True where nothing is under way: the agreed view is confirmed and no other replica is waited for. */
  isSettled(): boolean
  /** Changes whenever `owns` may answer differently. */
  signature(): string
}

/** Nothing held, nothing agreed. */
export function createHolding(identity: string): Holding {
  let confirmed: View | undefined
  let stated: View | undefined
  let aim: View | undefined
  // Views stated since the last confirmation: whoever reads one of them counts on it.
  let limits: readonly View[] = []
  let blockers: readonly Blocker[] = []
  let epoch = 0

  const gives = (view: View | undefined, key: string): boolean => assigns(view, key, identity)
  return {
    owns: (key) =>
      gives(confirmed, key) &&
      gives(aim, key) &&
      limits.every((limit) => gives(limit, key)) &&
      !isBlocked(blockers, key),
    keeps: (key) => gives(aim, key),
    aim(view) {
      aim = view
    },
    state(isDrained) {
      if (!isDrained || aim === undefined || stated?.generation === aim.generation) return stated
      stated = aim
      limits = [...limits, stated]
      return stated
    },
    isDraining: () => aim !== undefined && stated?.generation !== aim.generation,
    isUnconfirmed: () =>
      stated !== undefined &&
      stated.generation === aim?.generation &&
      confirmed?.generation !== stated.generation,
    confirm(since) {
      if (since !== epoch) return
      confirmed = stated
      limits = []
    },
    block(others) {
      blockers = others
    },
    drop() {
      confirmed = undefined
      limits = []
      epoch++
    },
    epoch: () => epoch,
    confirmed: () => confirmed,
    isSettled: () =>
      blockers.length === 0 && confirmed !== undefined && confirmed.generation === aim?.generation,
    signature() {
      const views = [confirmed, aim, ...limits].map((view) => view?.generation)
      return JSON.stringify([views, blockers])
    },
  }
}
