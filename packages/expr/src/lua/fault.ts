import type { LuaValue } from "./value.js"

/** An error of a script, which `pcall` catches. Not an `Error`: a stack costs more than the script. */
export class LuaError {
  value: LuaValue
  /** False until the place where it was raised has been written before its text. */
  isPlaced: boolean
  constructor(value: LuaValue, isPlaced: boolean) {
    this.value = value
    this.isPlaced = isPlaced
  }
}

/** A parameter that a library function refuses; the call that passed it knows the function's name. */
export class ArgumentFault {
  readonly place: number
  readonly message: string
  constructor(place: number, message: string) {
    this.place = place
    this.message = message
  }
}

/** Raises an error at the place where the script stands. */
export function raise(message: string): never {
  throw new LuaError(message, false)
}
