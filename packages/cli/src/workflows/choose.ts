import { CliError } from "../io.js"
import { isFiltering, type RunFilterFlags, runFilter } from "./filter.js"
import { findKey, isDamage, lookUp, type RunPlace, runsIn } from "./place.js"

/** Which runs a command is about, where it takes several. */
export interface ChoiceFlags extends RunFilterFlags {
  readonly all?: true
  /** True: a run that is named need not be readable. */
  readonly mayBeDamaged?: true
}

/** The keys of the runs that are named, or that flags choose. Refuses both, neither, and a name that is none. */
export async function chooseRuns(
  place: RunPlace,
  names: readonly string[],
  flags: ChoiceFlags,
): Promise<readonly string[]> {
  const isChosen = flags.all === true || isFiltering(flags)
  if (names.length > 0 === isChosen) {
    const found = isChosen ? "both" : "neither"
    const message = `expected names, or --all or what else chooses, found ${found}`
    throw new CliError("InvalidOption", message)
  }
  const keys: string[] = []
  if (isChosen) {
    const isWanted = runFilter(flags, Date.now())
    for await (const { key, workflow } of runsIn(place)) if (isWanted(workflow)) keys.push(key)
    return keys
  }
  for (const name of names) {
    try {
      await lookUp(place, name)
    } catch (error) {
      if (flags.mayBeDamaged !== true || !isDamage(error)) throw error
    }
    keys.push(await findKey(place, name))
  }
  return [...new Set(keys)]
}

/** A key as people write it: without the namespace where it is `default`. */
export function shownKey(key: string): string {
  return key.startsWith("default/") ? key.slice("default/".length) : key
}
