import { indexValue, sliceValue } from "../access.js"
import { noArray } from "../fault.js"
import { each, type Filter, many } from "../filter.js"
import { grow, type Machine, spend } from "../machine.js"
import { createEditor, type Editor, setPath } from "../update.js"
import { compareValues, fieldOf, isArray, isObject, type JqValue, sortedKeys } from "../value.js"
import { argument, type Entry } from "./table.js"

type Visit = (value: JqValue, at: readonly JqValue[]) => boolean

/** `tostream`: every leaf with its path, and the path of the last entry of every container. */
function tostream(_args: readonly Filter[], machine: Machine): Filter {
  return many((_env, input, path, emit) => {
    const visit: Visit = (value, at) => {
      spend(machine, 1)
      grow(machine, at.length + 1)
      if (isArray(value) && value.length > 0) {
        const isWanted = value.every((item, index) => visit(item, [...at, index]))
        return isWanted && emit([[...at, value.length - 1]], path)
      }
      const keys = isObject(value) ? sortedKeys(value) : []
      if (!isObject(value) || keys.length === 0) return emit([at, value], path)
      const isWanted = keys.every((key) => visit(fieldOf(value, key), [...at, key]))
      return isWanted && emit([[...at, keys.at(-1) ?? ""]], path)
    }
    return visit(input, [])
  })
}

/** What the events of a stream have built so far. */
interface Building {
  editor: Editor
  value: JqValue
}

/** Takes an event in; true where it completes a value. */
function build(building: Building, event: JqValue): boolean {
  if (!isArray(event)) throw noArray(event)
  const keys = event[0] ?? null
  if (keys !== null && !isArray(keys)) throw noArray(keys)
  const place = keys ?? []
  if (event.length < 2) return place.length <= 1
  building.value = setPath(building.editor, building.value, place, event[1] ?? null)
  return place.length === 0
}

/** `fromstream`: the values whose streams the events are. */
function fromstream(args: readonly Filter[], machine: Machine): Filter {
  const source = argument(args, 0)
  return many((env, input, path, emit) => {
    const building: Building = { editor: createEditor(machine), value: null }
    return each(source, env, input, (event) => {
      spend(machine, 1)
      if (!build(building, event)) return true
      const { value } = building
      building.editor = createEditor(machine)
      building.value = null
      return emit(value, path)
    })
  })
}

/** `truncate_stream`: the events deeper than the input says, without the keys above. */
function truncate(args: readonly Filter[], machine: Machine): Filter {
  const source = argument(args, 0)
  return many((env, input, path, emit) =>
    each(source, env, input, (event) => {
      spend(machine, 1)
      const keys = indexValue(event, 0)
      const depth = isArray(keys) ? keys.length : 0
      if (compareValues(depth, input) <= 0 || !isArray(event)) return true
      return emit([sliceValue(keys, input, null), ...event.slice(1)], path)
    }),
  )
}

/** Functions of streamed forms of values. */
export const streams: readonly Entry[] = [
  ["tostream/0", tostream],
  ["fromstream/1", fromstream],
  ["truncate_stream/1", truncate],
]
