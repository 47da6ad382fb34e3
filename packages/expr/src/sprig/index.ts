import { dateFunctions } from "./dates.js"
import type { FunctionTable } from "./define.js"
import { dictFunctions } from "./dicts.js"
import { encodingFunctions } from "./encoding.js"
import { listFunctions } from "./lists.js"
import { logicFunctions } from "./logic.js"
import { numberFunctions } from "./numbers.js"
import { pathFunctions } from "./paths.js"
import { refusedFunctions } from "./refused.js"
import { regexFunctions } from "./regex.js"
import { stringFunctions } from "./strings.js"
import { versionFunctions } from "./versions.js"

export type { FunctionTable } from "./define.js"

/**
 * All of sprig 3.3. What reads the environment, the network or chance, or makes keys, is known by name and fails when it
 * is called.
 */
export const sprigFunctions: FunctionTable = Object.freeze({
  ...refusedFunctions,
  ...dateFunctions,
  ...dictFunctions,
  ...encodingFunctions,
  ...listFunctions,
  ...logicFunctions,
  ...numberFunctions,
  ...pathFunctions,
  ...regexFunctions,
  ...stringFunctions,
  ...versionFunctions,
})

/** The same without some names. */
export function without(table: FunctionTable, names: readonly string[]): FunctionTable {
  return Object.fromEntries(Object.entries(table).filter(([name]) => !names.includes(name)))
}

/** True for functions that change a map they are given. */
export function changesMaps(name: string): boolean {
  return /^(?:set|unset|(?:must)?[mM]erge(?:Overwrite)?)$/.test(name)
}
