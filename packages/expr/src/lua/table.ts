import type { LuaValue } from "./value.js"

/** Whole keys from here on are never kept in the list part. */
const listMax = 67_108_864
/** Removed keys are swept when there are more than this and than those that are left. */
const sweepFrom = 32

function isListKey(key: LuaValue): key is number {
  return typeof key === "number" && Number.isInteger(key) && key >= 1 && key < listMax
}

/** A table: a list part that only ever grows at its end, and keys in the order in which they came. */
export class LuaTable {
  readonly list: LuaValue[] = []
  metatable: LuaTable | undefined
  readonly #fields = new Map<LuaValue, LuaValue>()
  #removed = 0
  /** Where `next` stands, so that the next step costs nothing. */
  #walk: { readonly keys: MapIterator<[LuaValue, LuaValue]>; at: LuaValue } | undefined

  get(key: LuaValue): LuaValue {
    if (isListKey(key) && key <= this.list.length) return this.list[key - 1]
    return this.#fields.get(key)
  }

  /** Assigns as `t[key] = value` does. The key is neither nil nor NaN. */
  set(key: LuaValue, value: LuaValue): void {
    if (!isListKey(key)) return this.#setField(key, value)
    const { list } = this
    if (key === list.length + 1) list.push(value)
    else if (key > list.length) this.#setField(key, value)
    else list[key - 1] = value
  }

  /** Assigns a place of the list, filling what lies before it with nil: what constructors and `table.insert` do. */
  setPlace(place: number, value: LuaValue): void {
    if (place < 1 || place >= listMax) return this.#setField(place, value)
    while (this.list.length < place - 1) this.list.push(undefined)
    this.list[place - 1] = value
  }

  #setField(key: LuaValue, value: LuaValue): void {
    const fields = this.#fields
    const before = fields.get(key)
    if (value === undefined) {
      if (before === undefined) return
      // The key stays until it is swept: a walk may stand on it.
      fields.set(key, undefined)
      this.#removed++
      return
    }
    if (before === undefined) {
      if (fields.has(key)) this.#removed--
      else if (this.#removed > sweepFrom && this.#removed * 2 > fields.size) this.#sweep()
    }
    fields.set(key, value)
  }

  #sweep(): void {
    for (const [key, value] of this.#fields) if (value === undefined) this.#fields.delete(key)
    this.#removed = 0
    this.#walk = undefined
  }

  /** `#t`: the last place of the list part that holds something. */
  get length(): number {
    let { length } = this.list
    while (length > 0 && this.list[length - 1] === undefined) length--
    return length
  }

  /** The largest positive numeric key. */
  get maxNumber(): number {
    let max = this.length
    for (const [key, value] of this.#fields) {
      if (typeof key === "number" && value !== undefined && key > max) max = key
    }
    return max
  }

  /** The pair after a key: the list part first. `undefined` after the last, `"unknown"` for a key that is not here. */
  next(key: LuaValue): readonly [LuaValue, LuaValue] | undefined | "unknown" {
    let place = 0
    if (key !== undefined) place = isListKey(key) && key <= this.list.length ? key : -1
    if (place >= 0) {
      for (; place < this.list.length; place++) {
        const value = this.list[place]
        if (value !== undefined) return [place + 1, value]
      }
      this.#walk = { keys: this.#fields.entries(), at: undefined }
    } else if (this.#walk === undefined || this.#walk.at !== key) {
      if (!this.#fields.has(key)) return "unknown"
      this.#walk = this.#from(key)
    }
    return this.#step()
  }

  #from(key: LuaValue): { readonly keys: MapIterator<[LuaValue, LuaValue]>; at: LuaValue } {
    const keys = this.#fields.entries()
    let step = keys.next()
    while (step.done !== true && step.value[0] !== key) step = keys.next()
    return { keys, at: key }
  }

  #step(): readonly [LuaValue, LuaValue] | undefined {
    const walk = this.#walk
    if (walk === undefined) return undefined
    for (let step = walk.keys.next(); step.done !== true; step = walk.keys.next()) {
      const [key, value] = step.value
      if (value === undefined) continue
      walk.at = key
      return [key, value]
    }
    this.#walk = undefined
    return undefined
  }

  /** All keys and what they hold, without walking as `next` does. */
  *entries(): IterableIterator<readonly [LuaValue, LuaValue]> {
    for (const [place, value] of this.list.entries())
      if (value !== undefined) yield [place + 1, value]
    for (const [key, value] of this.#fields) if (value !== undefined) yield [key, value]
  }
}
